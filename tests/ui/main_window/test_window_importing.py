"""Models of other libraries in the window: dropped, asked about, looked at, corrected, shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.core.importers.stacks import Example, Generator, settled
from tests.patience import PATIENCE_S
from tests.ui.windows import drop
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.screenshot import is_drawn
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.import_dialog import ImportDialog

PATIENCE_MS = 1000 * PATIENCE_S


def saved(kind: Any, path: Path) -> Any:
    model: Any = settled(kind)
    torch.save(model.state_dict(), path)
    return model


def dialog_of(window: MainWindow) -> ImportDialog | None:
    return next((dialog for dialog in window.findChildren(ImportDialog) if dialog.isVisible()), None)


def choose(dialog: ImportDialog, **values: str) -> None:
    for name, value in values.items():
        box = dialog.findChild(ChoiceBox, f"import_{name}")
        assert box is not None
        box.set_value(value)


def test_a_dropped_file_of_weights_is_asked_about_looked_at_and_shown(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    theirs = saved(Example, tmp_path / "weights.pt")
    assert drop(window, tmp_path / "weights.pt")
    qtbot.waitUntil(lambda: dialog_of(window) is not None, timeout=PATIENCE_MS)
    dialog = dialog_of(window)
    assert dialog is not None
    press = dialog.findChild(QPushButton, "import")
    assert press is not None
    assert not press.isEnabled()
    choose(dialog, output="sigmoid", activation="relu", posterior="log_var")
    qtbot.waitUntil(press.isEnabled, timeout=PATIENCE_MS)
    assert dialog.samples.pixels is not None
    with qtbot.waitSignal(window.session.model_opened, timeout=PATIENCE_MS):
        press.click()
    qtbot.waitUntil(lambda: window.image_pane.decoded.pixels is not None, timeout=PATIENCE_MS)
    with torch.inference_mode():
        expected = 255 * theirs.decode(torch.zeros(1, 5))[0, 0].numpy()
    assert np.abs(np.asarray(window.image_pane.decoded.pixels)[:, :, 0] - expected).max() <= 0.51
    qtbot.waitUntil(lambda: "Imported" in window.notice.text(), timeout=PATIENCE_MS)
    assert "state-dict" in window.windowTitle()
    said = [label.text() for label in window.train_panel.findChildren(QLabel)]
    assert "To train a model open images first: it is made for them." in said, "there is a model, without images"


def test_the_menu_shows_what_is_found_before_anything_is_written(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Generator, tmp_path / "weights.pt")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "weights.pt"), ""))
    with qtbot.waitSignal(window.session.importing.examined, timeout=PATIENCE_MS):
        window.actions_.import_wanted.emit()
    dialog = dialog_of(window)
    assert dialog is not None
    with qtbot.waitSignal(window.session.importing.examined, timeout=PATIENCE_MS):
        choose(dialog, output="tanh")
    dialog.reject()
    assert window.session.store.state.model is None
    assert not (tmp_path / "data" / "runs").exists() or not list((tmp_path / "data" / "runs").iterdir())


@pytest.mark.parametrize("with_images", [False, True])
def test_a_decoder_alone_is_once_drawn_without_codes(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, with_images: bool
) -> None:
    saved(Generator, tmp_path / "weights.pt")
    write_run(import_model(tmp_path / "weights.pt", Wishes(activation="relu", output="tanh")), tmp_path / "run")
    np.save(tmp_path / "images.npy", np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8))
    window.session.open_model(tmp_path / "run", images=str(tmp_path / "images.npy") if with_images else None)
    qtbot.waitUntil(lambda: is_drawn(window), timeout=PATIENCE_MS)
    assert window.session.store.state.embedding is None
    assert (window.session.store.state.images is not None) == with_images
