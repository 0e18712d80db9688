"""Training in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, phase_of, shows, train
from vae_explorer.core import cost
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.screenshot import is_drawn
from vae_explorer.services import training
from vae_explorer.services.settings import runs_folder
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.views.training_strip import Phase


@pytest.fixture
def _snapshots_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let training publish a snapshot with every report."""
    monkeypatch.setattr(training, "SNAPSHOT_EVERY_S", 0.0)


@pytest.mark.usefixtures("_snapshots_often")
def test_training_is_watched_from_start_to_end(shown: MainWindow, qtbot: QtBot) -> None:
    train(shown, qtbot, epochs=50)
    assert phase_of(shown) in (Phase.STARTING, Phase.RUNNING)
    assert shown.actions_.stop.isEnabled()
    assert not shown.actions_.train.isEnabled()
    with qtbot.waitSignal(shown.session.training_ended):
        pass
    assert phase_of(shown) is Phase.FINISHED
    assert shown.actions_.train.isEnabled()
    run = next(runs_folder().iterdir())
    qtbot.waitUntil(lambda: is_drawn(shown) and shows(shown, run))


def test_the_menus_train_tells_of_a_field_that_cannot_be_read(shown: MainWindow) -> None:
    field = shown.train_panel.findChild(QLineEdit, "field_network_hidden")
    assert field is not None
    field.setText("wide")
    shown.actions_.train.trigger()
    assert shown.notice.text().startswith("“wide” isn't a list")
    assert not shown.session.training.running


def test_pause_and_stop_are_in_the_menu(shown: MainWindow, qtbot: QtBot) -> None:
    train(shown, qtbot, epochs=1_000_000)
    with qtbot.waitSignal(shown.session.training.paused_changed) as paused:
        shown.actions_.pause.trigger()
    assert paused.args == [True]
    with qtbot.waitSignal(shown.session.training.paused_changed) as paused:
        shown.actions_.pause.trigger()
    assert paused.args == [False]
    with qtbot.waitSignal(shown.session.training_ended):
        shown.actions_.stop.trigger()


@pytest.mark.usefixtures("_snapshots_often")
def test_clicks_are_decoded_by_the_newest_weights_while_it_trains(shown: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.session._following.built):
        train(shown, qtbot, epochs=1_000_000)
    for _ in range(3):
        generation = shown.session.decoding.generation
        with qtbot.waitSignal(shown.session.decoding.weights_changed):
            pass
        with qtbot.waitSignal(shown.session.image_decoded) as decoded:
            QTest.mouseClick(shown.plane, LEFT, pos=HERE)
        assert decoded.args is not None
        assert decoded.args[0].generation > generation


def test_another_model_in_mid_training_leaves_the_curves_alone(
    shown: MainWindow, trained: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    train(shown, qtbot, epochs=1_000_000)
    started: list[object] = []
    monkeypatch.setattr(shown.desk.curves, "start", started.append)
    with qtbot.waitSignal(shown.session.model_opened):
        shown.session.open_model(trained)
    assert started == []
    assert phase_of(shown) in (Phase.STARTING, Phase.RUNNING)


def test_another_model_after_training_ends_what_was_said_of_that(
    shown: MainWindow, trained: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(shown.session.training_ended):
        train(shown, qtbot, epochs=1)
    with qtbot.waitSignal(shown.session.model_opened):
        shown.session.open_model(trained)
    assert phase_of(shown) is Phase.IDLE


def test_closing_in_mid_training_asks_nothing_and_loses_nothing(shown: MainWindow, qtbot: QtBot) -> None:
    train(shown, qtbot, epochs=1_000_000)
    with qtbot.waitSignal(shown.session.training.stepped, check_params_cb=lambda step: step.step > 10):
        pass
    assert shown.close()
    (run,) = runs_folder().iterdir()
    status = RunFolder.open(run).status
    assert status.state == "resumable"
    assert status.step > 10


def test_a_training_that_fails_is_told(shown: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "runs").write_text("not a folder")
    train(shown, qtbot)
    qtbot.waitUntil(lambda: bool(shown.notice.text()))
    assert "cannot be written" in shown.notice.text()
    assert phase_of(shown) is Phase.FAILED
    assert shown.actions_.train.isEnabled()


def test_the_panel_tells_what_training_would_cost(shown: MainWindow, qtbot: QtBot) -> None:
    line = shown.train_panel.findChild(QLabel, "cost")
    field = shown.train_panel.findChild(QLineEdit, "field_network_hidden")
    assert line is not None
    assert field is not None
    qtbot.waitUntil(lambda: "decodes\N{NO-BREAK SPACE}in" in line.text())
    before = line.text()
    field.setText("2048")
    qtbot.waitUntil(lambda: bool(line.text()) and line.text() != before)
    assert "to\N{NO-BREAK SPACE}train" in line.text()
    field.setText("wide")
    assert line.text() == ""


def test_a_training_that_the_machine_cannot_hold_is_refused(
    shown: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(cost, "total_memory", lambda _device: 1000)
    with qtbot.waitSignal(shown.session.training_failed) as failed:
        train(shown, qtbot)
    assert failed.args is not None
    assert "this machine has 1" in failed.args[0]
    assert not runs_folder().exists()
