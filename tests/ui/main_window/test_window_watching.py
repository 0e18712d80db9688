"""The window shows a run that somebody else trains, and codes from a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDockWidget, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from vae_explorer.core.data.base import read_images
from vae_explorer.core.encoding_to_folder import encode_to_folder
from vae_explorer.core.model import load_model
from vae_explorer.core.presence import LIVE, Beat
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services import watching
from vae_explorer.services.runs import copy_run
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY_MS", 50)
    monkeypatch.setattr(watching, "REST_MS", 50)


@pytest.fixture
def live(trained: Path, tmp_path: Path) -> Path:
    """Return a run whose trainer, on another host, has told of itself a moment ago."""
    run = copy_run(trained, tmp_path / "live")
    beat = Beat(host="node7", pid=42, token="t", step=3, total_steps=6, epoch=1, epochs=2, images_per_s=100.0)
    (run / LIVE).write_text(beat.model_dump_json())
    return run


def _text(window: MainWindow, name: str) -> str:
    label = window.desk.strip.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_a_run_that_is_trained_elsewhere_is_told_and_its_curves_are_shown(
    window: MainWindow, live: Path, qtbot: QtBot
) -> None:
    dock = window.findChild(QDockWidget, "dock_training")
    assert dock is not None
    assert dock.isHidden()
    window.session.open_model(live)
    qtbot.waitUntil(lambda: window.desk.strip.is_watching)
    assert not dock.isHidden()
    assert "node7 (process 42)" in _text(window, "training_detail")
    assert not window.actions_.pause.isEnabled()
    assert not window.actions_.stop.isEnabled()
    line = '{"step": 9, "elapsed_s": 9.0, "training": {"loss": 1.0, "reconstruction": 1.0}}\n'
    before = len(window.desk.curves.plots["loss"].lines[0].x)
    with (live / "history.jsonl").open("a") as file:
        file.write(line)
    qtbot.waitUntil(lambda: len(window.desk.curves.plots["loss"].lines[0].x) == before + 1)
    (live / LIVE).unlink()
    qtbot.waitUntil(lambda: not window.desk.strip.is_watching)
    assert _text(window, "training_state") == "Finished"


def test_a_training_that_begins_elsewhere_once_the_run_is_open_shows_its_curves(
    window: MainWindow, live: Path, qtbot: QtBot
) -> None:
    dock = window.findChild(QDockWidget, "dock_training")
    assert dock is not None
    beat = (live / LIVE).read_text()
    (live / LIVE).unlink()
    with qtbot.waitSignal(window.session.watching.glimpsed):
        window.session.open_model(live)
    assert dock.isHidden()
    (live / LIVE).write_text(beat)
    qtbot.waitUntil(lambda: window.desk.strip.is_watching)
    assert dock.isVisible()


def test_another_model_ends_the_word_of_the_one_before(
    window: MainWindow, live: Path, trained: Path, qtbot: QtBot
) -> None:
    window.session.open_model(live)
    qtbot.waitUntil(lambda: window.desk.strip.is_watching)
    with qtbot.waitSignal(window.session.model_opened):
        window.session.open_model(trained)
    assert window.desk.strip.isHidden()


def test_codes_are_opened_by_the_menu(
    shown: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, codes = RunFolder.open(trained), tmp_path / "codes"
    images = read_images(folder.config.data.source, folder.config.data.shape)
    encode_to_folder(load_model(trained), images, codes)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(codes))
    assert shown.actions_.codes.isEnabled()
    with qtbot.waitSignal(shown.session.embedding.embedded):
        shown.actions_.codes.trigger()
    embedding = shown.session.store.state.embedding
    assert embedding is not None
    assert not embedding.mean.flags.writeable


def test_codes_need_a_model(window: MainWindow) -> None:
    assert not window.actions_.codes.isEnabled()
