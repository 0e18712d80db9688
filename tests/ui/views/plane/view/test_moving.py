from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.views.plane.planes import (
    HERE,
    LEFT,
    MIDDLE,
    RIGHT,
    SHIFT,
    THERE,
    Asked,
    Key,
    MakeState,
    drag,
    picture,
    place_of,
    probe_place,
    wheel,
)
from vae_explorer.services.state import Layers, Store, View
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.plane.view import LARGE_NUDGE_PX, NUDGE_PX

# The probe


def test_a_click_takes_the_probe_there_and_leaves_the_held_dimension(plane: PlaneView, store: Store) -> None:
    store.update(probe=(0.0, 0.0, 0.7), original=4)
    x, y = plane.viewport().to_plane(QPointF(HERE))
    QTest.mouseClick(plane, LEFT, pos=HERE)
    assert store.state.probe == pytest.approx((x, y, 0.7), abs=1e-5)
    assert store.state.original is None


def test_the_probe_follows_a_drag(plane: PlaneView, store: Store) -> None:
    places: list[QPoint] = []
    store.changed.connect(lambda *_: places.append(probe_place(plane).toPoint()))
    drag(plane, LEFT, HERE, THERE)
    assert places == [HERE, (HERE + THERE) / 2, THERE]
    QTest.mouseMove(plane, HERE)
    assert probe_place(plane).toPoint() == THERE, "the mouse was let go"


def test_on_other_dimensions_a_click_moves_those(plane: PlaneView, store: Store) -> None:
    store.update(plane_dims=(2, 0))
    x, y = plane.viewport().to_plane(QPointF(HERE))
    QTest.mouseClick(plane, LEFT, pos=HERE)
    assert store.state.probe == pytest.approx((y, 0, x), abs=1e-5)


def test_a_right_click_moves_nothing(plane: PlaneView, store: Store) -> None:
    before = store.state
    QTest.mouseClick(plane, RIGHT, pos=HERE)
    assert store.state is before


@pytest.mark.parametrize(
    ("key", "dx", "dy"), [(Key.Key_Left, -1, 0), (Key.Key_Right, 1, 0), (Key.Key_Up, 0, -1), (Key.Key_Down, 0, 1)]
)
def test_arrows_nudge_the_probe(plane: PlaneView, key: Qt.Key, dx: int, dy: int) -> None:
    start = probe_place(plane)
    QTest.keyClick(plane, key)
    small = probe_place(plane) - start
    QTest.keyClick(plane, key, SHIFT)
    large = probe_place(plane) - start - small
    assert (small.x(), small.y()) == pytest.approx((dx * NUDGE_PX, dy * NUDGE_PX), abs=0.01)
    assert (large.x(), large.y()) == pytest.approx((dx * LARGE_NUDGE_PX, dy * LARGE_NUDGE_PX), abs=0.01)


def test_a_double_click_on_a_point_takes_its_code(plane: PlaneView, store: Store) -> None:
    QTest.mouseDClick(plane, LEFT, pos=place_of(plane, 7))
    assert store.state.embedding is not None
    assert store.state.probe == tuple(map(float, store.state.embedding.mean[7]))
    assert store.state.original == 7


def test_a_double_click_beside_all_points_is_a_click(plane: PlaneView, store: Store) -> None:
    store.update(view=View(50, 50, 0.01))
    QTest.mouseDClick(plane, LEFT, pos=HERE)
    QTest.mouseRelease(plane, LEFT, pos=HERE)
    assert probe_place(plane).toPoint() == HERE
    assert store.state.original is None


def test_the_probe_is_drawn_where_it_is(plane: PlaneView, store: Store) -> None:
    store.update(layers=Layers(mosaic=False, points=False, prior=False, support=False))
    empty = picture(plane).pixelColor(THERE)
    QTest.mouseClick(plane, LEFT, pos=THERE)
    assert picture(plane).pixelColor(THERE) != empty
    QTest.mouseClick(plane, LEFT, pos=HERE)
    assert picture(plane).pixelColor(THERE) == empty


# The view


@pytest.mark.parametrize("delta", [120, -120, 15, 600])
def test_the_wheel_zooms_and_what_lies_under_the_cursor_stays(plane: PlaneView, delta: int) -> None:
    before = plane.viewport()
    wheel(plane, HERE, delta)
    after = plane.viewport()
    assert after.to_plane(QPointF(HERE)) == pytest.approx(before.to_plane(QPointF(HERE)), abs=1e-9)
    assert after.view.units_per_pixel == pytest.approx(before.view.units_per_pixel / 1.2 ** (delta / 120))


@pytest.mark.parametrize("space", [False, True], ids=["middle button", "Space"])
def test_panning_moves_the_plane_and_not_the_probe(plane: PlaneView, store: Store, space: bool) -> None:
    under, probe = plane.viewport().to_plane(QPointF(HERE)), store.state.probe
    if space:
        QTest.keyPress(plane, Key.Key_Space)
    drag(plane, LEFT if space else MIDDLE, HERE, THERE)
    assert plane.viewport().to_plane(QPointF(THERE)) == pytest.approx(under)
    assert store.state.probe == probe
    QTest.mouseMove(plane, HERE)
    assert plane.viewport().to_plane(QPointF(THERE)) == pytest.approx(under)


def test_after_space_a_drag_moves_the_probe_again(plane: PlaneView, store: Store) -> None:
    QTest.keyPress(plane, Key.Key_Space)
    QTest.keyRelease(plane, Key.Key_Space)
    drag(plane, LEFT, HERE, THERE)
    assert store.state.view is None
    assert probe_place(plane).toPoint() == THERE


def test_space_does_not_stay_down_when_the_keys_go_elsewhere(plane: PlaneView, store: Store) -> None:
    QTest.keyPress(plane, Key.Key_Space)
    QApplication.sendEvent(plane, QFocusEvent(QEvent.Type.FocusOut))
    drag(plane, LEFT, HERE, THERE)
    assert store.state.view is None


def test_the_cursor_tells_what_a_drag_would_do(plane: PlaneView) -> None:
    shape = Qt.CursorShape
    assert plane.cursor().shape() == shape.CrossCursor
    QTest.keyPress(plane, Key.Key_Space)
    assert plane.cursor().shape() == shape.OpenHandCursor
    QTest.mousePress(plane, LEFT, pos=HERE)
    assert plane.cursor().shape() == shape.ClosedHandCursor
    QTest.mouseRelease(plane, LEFT, pos=HERE)
    assert plane.cursor().shape() == shape.OpenHandCursor
    QTest.keyRelease(plane, Key.Key_Space)
    QApplication.sendEvent(plane, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert plane.cursor().shape() == shape.CrossCursor


def test_home_shows_all_the_data(plane: PlaneView, store: Store) -> None:
    home = plane.viewport().view
    wheel(plane, HERE)
    drag(plane, MIDDLE, HERE, THERE)
    assert plane.viewport().view != home
    QTest.keyClick(plane, Key.Key_Home)
    assert store.state.view is None
    assert plane.viewport().view == home


def test_at_home_the_prior_is_in_sight_for_what_has_one(plane: PlaneView, store: Store) -> None:
    embedding = store.state.embedding
    assert embedding is not None
    store.update(embedding=replace(embedding, span=np.array([[-0.1, 0.1]] * 3, np.float32)))
    x0, x1, *_ = plane.viewport().bounds
    assert x0 < -2.5
    assert x1 > 2.5


def test_zooming_from_the_menu_keeps_the_middle(plane: PlaneView) -> None:
    middle = QPointF(240, 180)
    before = plane.viewport().to_plane(middle)
    plane.zoom(2)
    assert plane.viewport().to_plane(middle) == pytest.approx(before)


def test_other_keys_are_left_to_the_window(plane: PlaneView, store: Store) -> None:
    before = store.state
    QTest.keyClick(plane, Key.Key_A)
    QTest.keyRelease(plane, Key.Key_A)
    assert store.state is before


@pytest.mark.parametrize("zoom", [1.0, 1.7])
def test_a_panned_plane_looks_as_if_it_had_been_there_all_the_time(plane: PlaneView, zoom: float) -> None:
    plane.zoom(zoom)
    tiles = Asked(plane)
    plane.refresh_tiles()
    request, codes = tiles.tiles[-1]
    shades = (np.abs(codes[:, :1] * 60 + codes[:, 1:2] * 90) % 200).astype(np.uint8)
    plane.show_tiles(request, 0, np.tile(shades[:, None, None], (1, 28, 28, 1)), plane.mosaic_epoch)
    picture(plane)
    drag(plane, MIDDLE, HERE, HERE + QPoint(23, -17))
    shifted = pixels_of(picture(plane))
    plane._redraw()
    anew = pixels_of(picture(plane))
    assert (np.abs(shifted - anew) > 3).mean() < 0.001
    assert anew.std() > 10


def pixels_of(image: QImage) -> NDArray[np.int16]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return words[..., :3].astype(np.int16)


def test_a_drag_that_a_dialog_interrupts_has_ended(plane: PlaneView, store: Store) -> None:
    QTest.mousePress(plane, LEFT, pos=HERE)
    assert store.gesture
    QApplication.sendEvent(plane, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))
    assert not store.gesture
    before = store.state.probe
    QTest.mouseMove(plane, THERE)
    assert store.state.probe == before


def test_points_that_become_larger_while_panning_are_all_drawn_anew(
    plane: PlaneView, store: Store, make_state: MakeState
) -> None:
    many = make_state(dims=3, count=3000).embedding
    assert many is not None
    store.update(embedding=many, view=View(0, 0, 0.01), layers=Layers(mosaic=False, support=False, prior=False))
    for _ in range(4):
        picture(plane)
        QTest.mousePress(plane, MIDDLE, pos=HERE)
        QTest.mouseMove(plane, HERE + QPoint(60, 10))
        shifted = pixels_of(picture(plane))
        QTest.mouseRelease(plane, MIDDLE, pos=HERE + QPoint(60, 10))
        plane._redraw()
        assert np.array_equal(shifted, pixels_of(picture(plane)))
