"""The whole window without a screen: the real session and engine, a small model, real events."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.configure import apply_settings
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.screenshot import is_drawn
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile, runs_folder
from vae_explorer.services.state import Store
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.views.training_strip import Phase
from vae_explorer.ui.widgets.convert_dialog import Answer, ConvertDialog
from vae_explorer.ui.widgets.guide import Guide

LEFT = Qt.MouseButton.LeftButton
HERE = QPoint(150, 120)


def load_engine() -> Any:
    return importlib.import_module("vae_explorer.services.engine")


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def new_window(qapp: QApplication) -> Iterator[MainWindow]:
    """The window as it is before torch is there."""
    window = MainWindow(Session(Store(), SettingsFile()))
    window.resize(1280, 800)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def window(new_window: MainWindow, qtbot: QtBot) -> MainWindow:
    new_window.show()
    with qtbot.waitSignal(new_window.session.ready):
        new_window.session.start(load_engine, "cpu")
    return new_window


@pytest.fixture
def shown(window: MainWindow, trained: Path, qtbot: QtBot) -> MainWindow:
    """The window with a model of three latent dimensions and its images, all drawn."""
    window.session.open_model(trained)
    qtbot.waitUntil(lambda: is_drawn(window))
    return window


def expected(run: Path, code: tuple[float, ...]) -> Any:
    folder = RunFolder.open(run)
    return Decoder(folder.config, folder.load_weights()).decode(np.array([code], np.float32))[0]


def shows(window: MainWindow, run: Path) -> bool:
    """Whether the decoded image is that of the probe."""
    pixels = window.image_pane.decoded.pixels
    return pixels is not None and np.array_equal(pixels, expected(run, window.session.store.state.probe))


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file or folder over the window and let it go. Returns whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, no_key = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(HERE, copy, data, left, no_key)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(HERE), copy, data, left, no_key))
    return enter.isAccepted()


# The first moments


def test_the_first_frame_is_told_once_and_says_what_is_waited_for(new_window: MainWindow, qtbot: QtBot) -> None:
    painted: list[int] = []
    new_window.painted.connect(lambda: painted.append(1))
    with qtbot.waitSignal(new_window.painted):
        new_window.show()
    new_window.repaint()
    guide = new_window.findChild(Guide)
    assert guide is not None
    assert "torch" in guide.text()
    assert painted == [1]


def test_before_torch_is_there_nothing_can_be_opened(new_window: MainWindow, pictures: Path) -> None:
    new_window.show()
    assert not drop(new_window, pictures)
    openers = [action for action in new_window.actions_.file.actions() if re.search("pen|Recent", action.text())]
    assert len(openers) == 5
    assert not any(action.isEnabled() for action in openers)


def test_images_without_a_model_are_all_there_is_to_draw(window: MainWindow, pictures: Path, qtbot: QtBot) -> None:
    assert not is_drawn(window)
    with qtbot.waitSignal(window.session.dataset.opened):
        window.session.open_images(str(pictures))
    assert is_drawn(window)


def test_closing_at_once_harms_nothing(new_window: MainWindow) -> None:
    new_window.show()
    new_window.close()


# Exploring


def test_a_model_is_drawn_with_its_images(shown: MainWindow, trained: Path) -> None:
    assert shows(shown, trained)
    assert len(shown.knobs.knobs) == 3
    assert shown.windowTitle().startswith("pictures")
    assert shown.image_pane.nearest.indices


def test_a_click_decodes_what_lies_there(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.session.image_decoded):
        QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    x, y = shown.plane.viewport().to_plane(QPointF(HERE))
    assert shown.session.store.state.probe == pytest.approx((x, y, 0), abs=1e-5)
    qtbot.waitUntil(lambda: shows(shown, trained))


def test_the_last_of_many_moves_is_what_is_shown(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    QTest.mousePress(shown.plane, LEFT, pos=HERE)
    for step in range(60):
        QTest.mouseMove(shown.plane, HERE + QPoint(step, step // 2))
    QTest.mouseRelease(shown.plane, LEFT, pos=HERE)
    qtbot.waitUntil(lambda: shows(shown, trained))


def test_a_knob_off_the_plane_takes_the_mosaic_along(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    epoch = shown.plane.mosaic_epoch
    knob = shown.knobs.knobs[2]
    QTest.mouseClick(knob.slider, LEFT, pos=QPoint(knob.slider.width() - 12, knob.slider.height() // 2))
    assert shown.session.store.state.probe[2] != 0
    assert shown.plane.mosaic_epoch > epoch
    qtbot.waitUntil(lambda: shown.plane.mosaic_complete and shows(shown, trained))


def test_a_double_click_puts_original_beside_reconstruction(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    state = shown.session.store.state
    assert state.embedding is not None
    x, y = state.embedding.mean[4, :2]
    place = shown.plane.viewport().point(float(x), float(y)).toPoint()
    index = shown.plane.image_at(QPointF(place))
    QTest.mouseDClick(shown.plane, LEFT, pos=place)
    assert shown.session.store.state.original == index
    qtbot.waitUntil(lambda: shows(shown, trained))
    assert shown.image_pane.original.isVisible()


def test_a_neighbour_under_the_mouse_is_ringed_in_the_plane_and_a_click_goes_there(shown: MainWindow) -> None:
    strip = shown.image_pane.nearest
    before = shown.plane.grab().toImage()
    QTest.mouseMove(strip, QPoint(0, 0))
    QTest.mouseMove(strip, strip.rect_of(1).center().toPoint())
    assert shown.plane.grab().toImage() != before
    chosen = strip.indices[1]
    QTest.mouseClick(strip, LEFT, pos=strip.rect_of(1).center().toPoint())
    assert shown.session.store.state.original == chosen


def test_home_and_zoom_in_the_menu_reach_the_plane(shown: MainWindow) -> None:
    home, zoom_in, _ = shown.actions_.plane.actions()
    before = shown.plane.viewport().view.units_per_pixel
    zoom_in.trigger()
    assert shown.plane.viewport().view.units_per_pixel < before
    home.trigger()
    assert shown.plane.viewport().view.units_per_pixel == before


# Opening


def test_a_dropped_folder_is_opened(shown: MainWindow, pictures: Path, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "some of them"
    folder.mkdir()
    for path in sorted((pictures / "bright").glob("ñ*.png"))[:5]:
        (folder / path.name).write_bytes(path.read_bytes())
    with qtbot.waitSignal(shown.session.dataset.opened):
        assert drop(shown, folder)
    images = shown.session.store.state.images
    assert images is not None
    assert images.title == "some of them"
    assert len(images) == 5


def test_a_dropped_run_is_opened_as_a_model(window: MainWindow, trained: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.session.model_opened):
        assert drop(window, trained)
    qtbot.waitUntil(lambda: is_drawn(window))


def test_images_with_odd_names_are_counted_and_the_broken_ones_listed(shown: MainWindow) -> None:
    images = shown.session.store.state.images
    assert images is not None
    assert len(images) == 20
    assert [skipped.path for skipped in images.skipped] == ["bright/broken.png"]
    assert shown.actions_.skipped.isEnabled()


@pytest.mark.parametrize("answer", [Answer.CONVERT, Answer.TRAIN_ANEW, Answer.CANCEL])
def test_images_that_do_not_fit_are_asked_about(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, answer: Answer
) -> None:
    monkeypatch.setattr(ConvertDialog, "ask", classmethod(lambda cls, *_: answer))
    before = shown.session.store.state.images
    np.save(tmp_path / "photos.npy", np.full((6, 32, 32, 3), 90, np.uint8))
    with qtbot.waitSignal(shown.session.shape_mismatched):
        drop(shown, tmp_path / "photos.npy")
    if answer is Answer.CONVERT:
        qtbot.waitUntil(lambda: embedded(shown) == 6)
    elif answer is Answer.TRAIN_ANEW:
        qtbot.waitUntil(lambda: "Train makes a model" in shown.notice.text())
        assert embedded(shown) == 20
    else:
        qtbot.waitUntil(lambda: shown.session.store.state.images is before)
    QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    with qtbot.waitSignal(shown.session.nearby.found):
        pass


def test_reading_is_over_when_it_asks_about_images_that_do_not_fit(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    seen: list[bool] = []

    def ask(*_: object) -> Answer:
        seen.append(shown.reading.isHidden())
        return Answer.CANCEL

    monkeypatch.setattr(ConvertDialog, "ask", ask)
    np.save(tmp_path / "photos.npy", np.full((6, 32, 32, 3), 90, np.uint8))
    shown.session.dataset.started.connect(lambda _: shown.reading.show())
    drop(shown, tmp_path / "photos.npy")
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]


def embedded(window: MainWindow) -> int:
    embedding = window.session.store.state.embedding
    return 0 if embedding is None else len(embedding.mean)


def test_a_problem_is_told_in_the_notice_and_can_be_closed(
    shown: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    drop(shown, tmp_path / "<b>nowhere<b>")
    qtbot.waitUntil(lambda: bool(shown.notice.text()))
    assert shown.notice.text() == f"There is no folder or file “{tmp_path / '<b>nowhere<b>'}”."
    words = shown.notice.findChild(QLabel, "notice_text")
    assert words is not None
    assert words.textFormat() == Qt.TextFormat.PlainText
    close = shown.notice.findChild(QToolButton, "notice_close")
    assert close is not None
    QTest.mouseClick(close, LEFT)
    assert shown.notice.text() == ""
    assert shows(shown, trained), "all else goes on"


def test_a_problem_is_over_when_something_else_is_opened(
    shown: MainWindow, trained: Path, pictures: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for other, opened in ((pictures, shown.session.dataset.opened), (trained, shown.session.model_opened)):
        drop(shown, tmp_path / "nowhere")
        qtbot.waitUntil(lambda: bool(shown.notice.text()))
        with qtbot.waitSignal(opened):
            drop(shown, other)
        assert shown.notice.text() == ""


def test_a_folder_whose_name_is_not_unicode_is_opened_and_remembered(
    window: MainWindow, pictures: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd \xff"))
    folder.mkdir()
    (folder / "1.png").write_bytes((pictures / "bright" / "ñ 1.png").read_bytes())
    with qtbot.waitSignal(window.session.dataset.opened):
        window.session.open_images(str(folder))
    assert window.session.settings.values.recent_images == (str(folder),)
    assert "odd \ufffd" in window.windowTitle()
    recent = [action.text() for action in window.actions_._recent_images.actions()]
    assert "odd \ufffd" in recent[0]


# Training


def train(window: MainWindow, qtbot: QtBot, **wishes: Any) -> None:
    """Press Train, with fields filled in so that it takes as long as is wished for."""
    small: dict[str, Any] = {"device": "cpu", "hidden": "8", "batch_size": 4}
    config = apply_settings(window.train_panel.values(), small | wishes)
    with qtbot.waitSignal(window.session.training_started):
        window.session.train(config)


def phase_of(window: MainWindow) -> Phase:
    return window.strip.phase


def test_training_is_watched_from_start_to_end(shown: MainWindow, qtbot: QtBot) -> None:
    train(shown, qtbot, epochs=300)
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
    monkeypatch.setattr(shown.curves, "start", started.append)
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


# The hint


def test_the_hint_is_shown_until_it_is_dismissed_for_good(new_window: MainWindow) -> None:
    new_window.show()
    close = new_window.plane.findChild(QToolButton, "hint_close")
    assert close is not None
    assert close.isVisible()
    QTest.mouseClick(close, LEFT)
    assert not close.isVisible()
    again = MainWindow(Session(Store(), SettingsFile()))
    assert again.plane.findChild(QToolButton, "hint_close") is None
    again.close()
    again.deleteLater()


def test_there_is_a_button_for_each_thing_that_can_be_pressed(shown: MainWindow) -> None:
    for button in shown.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
