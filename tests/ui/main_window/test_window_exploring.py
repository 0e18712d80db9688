"""The first moments of the window, exploring, and the hint."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, drop, expected, shows
from vae_explorer.commands.values import SMALLEST_SIZE
from vae_explorer.screenshot import is_drawn
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.views.plane.backdrop import EDGE_PX
from vae_explorer.ui.views.plane.lettering import NAME, size_of
from vae_explorer.ui.widgets.guide import Guide
from vae_explorer.ui.widgets.hint import Hint

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
    assert len(openers) == 6
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


def test_an_unfolded_knob_shows_what_the_model_decodes_along_it(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    knob = shown.knobs.knobs[2]
    knob.fold.click()
    qtbot.waitUntil(lambda: all(image is not None for image in knob.film.images))
    shown.session.store.update(probe=(0.5, -0.5, 0.0))

    def follows() -> bool:
        codes = [(0.5, -0.5, float(value)) for value in knob.film.values]
        pairs = zip(knob.film.images, codes, strict=True)
        return all(image is not None and np.array_equal(image, expected(trained, code)) for image, code in pairs)

    qtbot.waitUntil(follows)


def test_a_click_in_the_plane_leaves_a_locked_dimension(shown: MainWindow) -> None:
    shown.knobs.knobs[0].lock.click()
    before = shown.session.store.state.probe
    QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    after = shown.session.store.state.probe
    assert after[0] == before[0]
    assert after[1] != before[1]


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
    home, zoom_in, *_ = shown.actions_.plane.actions()
    before = shown.plane.viewport().view.units_per_pixel
    zoom_in.trigger()
    assert shown.plane.viewport().view.units_per_pixel < before
    home.trigger()
    assert shown.plane.viewport().view.units_per_pixel == before


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


def test_the_hint_is_whole_however_narrow_the_plane(new_window: MainWindow) -> None:
    new_window.show()
    hint = new_window.plane.findChild(Hint)
    assert hint is not None
    for width in (1000, 300, 1000):
        new_window.plane.setFixedWidth(width)
        QApplication.processEvents()
        assert new_window.plane.rect().contains(hint.geometry())


def test_the_smallest_window_is_as_small_as_is_said(shown: MainWindow, qtbot: QtBot) -> None:
    shown.resize(*SMALLEST_SIZE)
    QApplication.processEvents()
    assert shown.size().toTuple() == SMALLEST_SIZE


def test_the_hint_lies_below_the_name_of_the_axis(new_window: MainWindow) -> None:
    new_window.show()
    hint = new_window.plane.findChild(Hint)
    assert hint is not None
    name = size_of("PC 2 (5 %)", NAME, 1)
    assert hint.geometry().top() > EDGE_PX + name.height()


def test_there_is_a_button_for_each_thing_that_can_be_pressed(shown: MainWindow) -> None:
    for button in shown.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
