from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.views.image_pane import ImagePane
from vae_explorer.ui.widgets.save_dialog import SaveImageDialog

MakeState = Callable[..., AppState]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(2))


@pytest.fixture
def pane(store: Store, qtbot: QtBot) -> ImagePane:
    pane = ImagePane(store)
    qtbot.addWidget(pane)
    pane.resize(280, 420)
    pane.show()
    return pane


def _pixels(value: int = 200, channels: int = 1) -> np.ndarray:
    return np.full((8, 8, channels), value, np.uint8)


def test_the_decoded_pixels_are_painted(pane: ImagePane) -> None:
    pane.show_decoded(_pixels(), (0.0, 0.0), 0.4)
    picture = pane.decoded
    assert picture.grab().toImage().pixelColor(picture.rect().center()).red() == 200


def test_colour_and_read_only_pixels_are_painted(pane: ImagePane) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 1] = 150
    pixels.setflags(write=False)
    pane.show_decoded(pixels, (0.0, 0.0), 0.4)
    picture = pane.decoded
    assert picture.grab().toImage().pixelColor(picture.rect().center()).green() == 150


def test_the_code_is_shown_and_copied(pane: ImagePane) -> None:
    pane.show_decoded(_pixels(), (0.3125, -1.2), 0.4)
    view = pane.findChild(QPlainTextEdit, "code_view")
    assert view is not None
    assert view.toPlainText() == "+0.312  -1.200"
    pane.copy_code_action.trigger()
    assert QGuiApplication.clipboard().text() == "0.3125,-1.2"


def test_a_long_code_keeps_the_height_of_three_lines(pane: ImagePane) -> None:
    view = pane.findChild(QPlainTextEdit, "code_view")
    assert view is not None
    pane.show_decoded(_pixels(), (0.0,) * 12, 0.4)
    height = view.height()
    pane.show_decoded(_pixels(), (0.0,) * 64, 0.4)
    assert view.height() == height


def test_there_is_nothing_to_copy_at_first(pane: ImagePane) -> None:
    assert not pane.copy_image_action.isEnabled()
    pane.show_decoded(_pixels(), (0.0, 0.0), 0.4)
    assert pane.copy_image_action.isEnabled()


def test_the_image_is_copied_at_its_own_size(pane: ImagePane) -> None:
    pane.show_decoded(_pixels(70), (0.0, 0.0), 0.4)
    pane.copy_image_action.trigger()
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height(), image.pixelColor(3, 3).red()) == (8, 8, 70)


def test_the_image_is_saved_where_the_person_says(
    pane: ImagePane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "out.png"
    monkeypatch.setattr(SaveImageDialog, "ask", classmethod(lambda cls, parent, suggested: path))
    pane.show_decoded(_pixels(70), (0.0, 0.0), 0.4)
    pane.save_image_action.trigger()
    assert QImage(str(path)).pixelColor(3, 3).red() == 70


def test_saving_where_one_may_not_is_told(
    pane: ImagePane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "no such folder" / "out.png"
    monkeypatch.setattr(SaveImageDialog, "ask", classmethod(lambda cls, parent, suggested: path))
    pane.show_decoded(_pixels(), (0.0, 0.0), 0.4)
    with qtbot.waitSignal(pane.failed) as failed:
        pane.save_image_action.trigger()
    assert str(path) in failed.args[0]


def test_smooth_is_toggled_in_the_state_and_seen(pane: ImagePane, store: Store) -> None:
    checks = ((np.indices((8, 8)).sum(0) % 2) * 255).astype(np.uint8)[..., None]
    pane.show_decoded(checks, (0.0, 0.0), 0.4)
    sharp = pane.decoded.grab().toImage()
    button = pane.findChild(QToolButton, "image_smooth_button")
    assert button is not None
    QTest.mouseClick(button, LEFT)
    assert store.state.smooth
    assert pane.decoded.grab().toImage() != sharp
    store.update(smooth=False)
    assert not pane.smooth_action.isChecked()


def test_an_original_stands_beside_its_reconstruction(pane: ImagePane, store: Store) -> None:
    assert not pane.original.isVisible()
    store.update(original=4)
    assert pane.original.isVisible()
    assert pane.original.caption == "original\ngreen · ring 4.png"
    images = store.state.images
    assert images is not None
    assert pane.original.pixels is not None
    assert np.array_equal(pane.original.pixels, images.images[4])
    store.update(original=None)
    assert not pane.original.isVisible()


def test_hovering_and_clicking_a_neighbour_tells_which(pane: ImagePane, qtbot: QtBot) -> None:
    pane.show_nearest([7, 3, 11], [0.1, 0.2, 0.3])
    hovered: list[int | None] = []
    pane.image_hovered.connect(hovered.append)
    second = pane.nearest.rect_of(1).center().toPoint()
    QTest.mouseMove(pane.nearest, second)
    with qtbot.waitSignal(pane.image_chosen) as chosen:
        QTest.mouseClick(pane.nearest, LEFT, pos=second)
    QTest.mouseMove(pane.nearest, pane.nearest.rect_of(5).center().toPoint())
    assert chosen.args == [3]
    assert hovered == [3, None]


@pytest.mark.parametrize("width", [240, 320, 600])
def test_neighbours_are_shown_whole_at_any_width(pane: ImagePane, width: int) -> None:
    pane.resize(width, 480)
    QApplication.processEvents()
    assert pane.nearest.rect_of(5).right() <= pane.nearest.width()
    assert pane.nearest.height() - 2 <= pane.nearest.rect_of(5).height() <= pane.nearest.height() + 1


def test_neighbours_are_reached_by_keyboard(pane: ImagePane, qtbot: QtBot) -> None:
    pane.show_nearest([7, 3, 11], [0.1, 0.2, 0.3])
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(pane.nearest, key)
    with qtbot.waitSignal(pane.image_chosen) as chosen:
        QTest.keyClick(pane.nearest, Qt.Key.Key_Return)
    assert chosen.args == [3]


def test_neighbours_of_other_images_are_taken_away(pane: ImagePane, store: Store, make_state: MakeState) -> None:
    pane.show_nearest([7, 3, 11], [0.1, 0.2, 0.3])
    other = make_state(2)
    store.update(images=other.images, embedding=other.embedding)
    assert pane.nearest.indices == ()


def test_without_images_there_is_no_place_for_neighbours(pane: ImagePane, store: Store) -> None:
    assert pane.nearest.isVisible()
    store.update(images=None, embedding=None)
    assert not pane.nearest.isVisible()


def test_low_support_is_a_warning(pane: ImagePane) -> None:
    support = pane.findChild(QLabel, "support")
    assert support is not None
    pane.show_support("Far from all data.", "low")
    assert (support.text(), support.property("role")) == ("Far from all data.", "warning")
    pane.show_support("Plenty of data.", "good")
    assert support.property("role") == "muted"


def test_showing_another_image_of_the_same_dimensions_moves_nothing(pane: ImagePane) -> None:
    pane.show_decoded(_pixels(), (0.0, 0.0), 0.4)
    QApplication.processEvents()
    place = pane.decoded.geometry()
    pane.show_decoded(_pixels(9), (-12.5, 10.0), 123.4)
    QApplication.processEvents()
    assert pane.decoded.geometry() == place
