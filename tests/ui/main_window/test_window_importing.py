"""Models of other libraries in the window: dropped, asked about, looked at, corrected, shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import TensorProto
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.core.importers.code_files import Vae, scripted
from tests.core.importers.stacks import Example, Generator, settled
from tests.core.importers.test_conditional import decoder as write_decoder
from tests.patience import PATIENCE_S
from tests.ui.windows import drop
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.trust import UntrustedError
from vae_explorer.screenshot import is_drawn
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.import_dialog import ImportDialog
from vae_explorer.ui.widgets.labels import ElidedLabel
from vae_explorer.ui.widgets.trust_dialog import TrustDialog

PATIENCE_MS = 1000 * PATIENCE_S


def saved(kind: Any, path: Path) -> Any:
    model: Any = settled(kind)
    torch.save(model.state_dict(), path)
    return model


def dialogs_of(window: MainWindow) -> list[ImportDialog]:
    return [dialog for dialog in window.findChildren(ImportDialog) if dialog.isVisible()]


def dialog_of(window: MainWindow) -> ImportDialog | None:
    return next(iter(dialogs_of(window)), None)


def asked_about(window: MainWindow) -> str:
    """Return the name of the model that is asked about; there is one question at most."""
    dialogs = dialogs_of(window)
    assert len(dialogs) <= 1
    return dialogs[0].path.name if dialogs else ""


def waiting(window: MainWindow) -> str:
    """Return what the dialog says of those that are asked about after it."""
    dialog = dialog_of(window)
    assert dialog is not None
    says = dialog.findChild(ElidedLabel, "import_waiting")
    assert says is not None
    return says.text() if says.isVisible() else ""


def press(window: MainWindow, name: str) -> None:
    dialog = dialog_of(window)
    assert dialog is not None
    button = dialog.findChild(QPushButton, name)
    assert button is not None
    button.click()


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


@pytest.fixture
def three_dropped(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """The window once three models were dropped that must be asked about, the first of them twice."""
    for name in ("one.pt", "two.pt", "three.pt"):
        saved(Example, tmp_path / name)
    for name in ("one.pt", "two.pt", "one.pt", "three.pt", "two.pt"):
        with qtbot.waitSignal(window.session.importing.unclear, timeout=PATIENCE_MS):
            assert drop(window, tmp_path / name)
    return window


def test_models_are_asked_about_one_after_another(three_dropped: MainWindow, qtbot: QtBot) -> None:
    window = three_dropped
    assert asked_about(window) == "one.pt"
    assert waiting(window) == "2 more after this: “two.pt”, “three.pt”"
    press(window, "import_cancel")
    assert asked_about(window) == "two.pt"
    assert waiting(window) == "1 more after this: “three.pt”"
    dialog = dialog_of(window)
    assert dialog is not None
    choose(dialog, output="sigmoid", activation="relu", posterior="log_var")
    importing = dialog.findChild(QPushButton, "import")
    assert importing is not None
    qtbot.waitUntil(importing.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.session.model_opened, timeout=PATIENCE_MS):
        importing.click()
    assert asked_about(window) == "three.pt"
    assert waiting(window) == ""
    press(window, "import_cancel")
    assert asked_about(window) == ""


def test_all_that_wait_can_be_cancelled_at_once(three_dropped: MainWindow) -> None:
    press(three_dropped, "import_cancel_all")
    assert asked_about(three_dropped) == ""


def test_what_is_filled_in_stays_while_the_same_model_is_chosen_again(
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
    window.actions_.import_wanted.emit()
    assert dialogs_of(window) == [dialog]
    assert dialog.wishes.output == "tanh"
    assert waiting(window) == ""


def test_how_many_classes_there_are_is_asked_for_where_nothing_tells(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    write_decoder(tmp_path / "decoder.onnx", ["batch"], TensorProto.INT64)
    with qtbot.waitSignal(window.session.importing.unclear, timeout=PATIENCE_MS):
        assert drop(window, tmp_path / "decoder.onnx")
    dialog = dialog_of(window)
    assert dialog is not None
    field, importing = dialog.findChild(QLineEdit, "import_classes"), dialog.findChild(QPushButton, "import")
    assert field is not None
    assert importing is not None
    assert field.placeholderText() == "needed"
    with qtbot.waitSignal(window.session.importing.examined, timeout=PATIENCE_MS):
        QTest.keyClicks(field, "4")
    qtbot.waitUntil(importing.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.session.model_opened, timeout=PATIENCE_MS):
        importing.click()
    box = window.knobs.class_knob.box
    assert box.isVisible()
    assert [box.itemText(place) for place in range(box.count())] == ["0", "1", "2", "3"]
    qtbot.waitUntil(lambda: window.image_pane.decoded.pixels is not None, timeout=PATIENCE_MS)
    before = np.array(window.image_pane.decoded.pixels)
    box.setCurrentIndex(3)
    qtbot.waitUntil(
        lambda: not np.array_equal(np.asarray(window.image_pane.decoded.pixels), before), timeout=PATIENCE_MS
    )


def test_one_question_of_trust_at_a_time(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, asked, went_on = window.dialogs.imports, list[str](), list[str]()
    first, second = (UntrustedError(f"{name} is code", name, [name]) for name in ("first.pt2", "second.pt2"))

    def ask(error: UntrustedError, _parent: object) -> bool:
        asked.append(error.name)
        if error is first:  # what comes while the dialog is open
            for another in (second, first):
                desk.ask_to_trust(another, partial(went_on.append, f"{another.name} again"))
            assert asked == ["first.pt2"]
        return error is first

    monkeypatch.setattr(TrustDialog, "ask", ask)
    monkeypatch.setattr(window.session.trusting, "grant", lambda _asked, go_on: go_on())
    desk.ask_to_trust(first, partial(went_on.append, "first.pt2"))
    assert asked == ["first.pt2", "second.pt2"]
    assert went_on == ["first.pt2", "first.pt2 again"]
    assert window.notice.text() == "second.pt2 is code"


def test_a_model_that_is_not_trusted_is_asked_about_no_more(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scripted(Vae(), tmp_path / "decoder.pt")
    monkeypatch.setattr(TrustDialog, "ask", lambda *_: False)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.actions_.import_wanted.emit()
    assert asked_about(window) == tmp_path.name, "a decoder.pt stands for its folder"
    qtbot.waitUntil(lambda: "trust it with import --trust" in window.notice.text(), timeout=PATIENCE_MS)
    assert asked_about(window) == ""


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
