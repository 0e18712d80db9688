from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.services.state import AppState, Layers, Store, View
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.plane.card import HoverCard
from vae_explorer.ui.views.plane.fog import FogRequest
from vae_explorer.ui.views.plane.legend import Legend
from vae_explorer.ui.views.plane.mosaic import TileRequest
from vae_explorer.ui.views.plane.view import LARGE_NUDGE_PX, NUDGE_PX

MakeState = Callable[..., AppState]
Key = Qt.Key
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
HERE, THERE = QPoint(150, 100), QPoint(310, 240)


class Asked:
    """Notes what the plane asks for."""

    def __init__(self, plane: PlaneView) -> None:
        self.tiles: list[tuple[TileRequest, NDArray[np.float32]]] = []
        self.support: list[tuple[FogRequest, NDArray[np.float32]]] = []
        self.hovered: list[int | None] = []
        plane.tiles_wanted.connect(lambda request, codes: self.tiles.append((request, codes)))
        plane.support_wanted.connect(lambda request, codes: self.support.append((request, codes)))
        plane.image_hovered.connect(self.hovered.append)


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(dims=3))


@pytest.fixture
def plane(store: Store, qtbot: QtBot) -> PlaneView:
    plane = PlaneView(store)
    qtbot.addWidget(plane)
    plane.resize(480, 360)
    plane.show()
    return plane


@pytest.fixture
def asked(plane: PlaneView) -> Asked:
    return Asked(plane)


def place_of(plane: PlaneView, index: int) -> QPoint:
    """Pixel position of an image's point."""
    embedding, flat = plane._store.state.embedding, plane._store.state.plane
    assert embedding is not None
    assert flat is not None
    x, y = flat.project(embedding.mean[index])
    return plane.viewport().point(float(x), float(y)).toPoint()


def probe_place(plane: PlaneView) -> QPointF:
    x_dim, y_dim = plane._store.state.plane_dims
    probe = plane._store.state.probe
    return plane.viewport().point(probe[x_dim], probe[y_dim])


def drag(plane: PlaneView, button: Qt.MouseButton, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(plane, button, pos=start)
    QTest.mouseMove(plane, (start + end) / 2)
    QTest.mouseMove(plane, end)
    QTest.mouseRelease(plane, button, pos=end)


def hover(plane: PlaneView, place: QPoint) -> None:
    # A mouse that is there already sends nothing, and it may be: all tests share it.
    QTest.mouseMove(plane, QPoint(0, 0))
    QTest.mouseMove(plane, place)


def wheel(plane: PlaneView, at: QPoint, delta: int = 120) -> None:
    no_buttons, no_keys, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    place = QPointF(plane.mapToGlobal(at))
    event = QWheelEvent(QPointF(at), place, QPoint(), QPoint(0, delta), no_buttons, no_keys, phase, False)  # Qt's
    QApplication.sendEvent(plane, event)


def picture(plane: PlaneView) -> QImage:
    return plane.grab().toImage()


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


# Hovering


def test_hovering_rings_the_nearest_image_at_once(plane: PlaneView, asked: Asked) -> None:
    hover(plane, place_of(plane, 3) + QPoint(2, 0))
    assert asked.hovered == [3]
    QTest.mouseMove(plane, place_of(plane, 3))
    assert asked.hovered == [3], "said once"


def test_the_ring_is_drawn_and_taken_away(plane: PlaneView, store: Store) -> None:
    store.update(view=View(0, 0, 0.03))
    before = picture(plane)
    plane.highlight(3)
    edge = place_of(plane, 3) + QPoint(8, 0)
    assert picture(plane).pixelColor(edge) != before.pixelColor(edge)
    plane.highlight(None)
    assert picture(plane) == before


def test_what_another_pane_points_at_is_not_told_back(plane: PlaneView, asked: Asked) -> None:
    plane.highlight(3)
    assert asked.hovered == []


def test_after_a_while_a_card_shows_the_image(plane: PlaneView, qtbot: QtBot) -> None:
    card = plane.findChild(HoverCard)
    assert card is not None
    hover(plane, place_of(plane, 3))
    assert not card.isVisible()
    qtbot.waitUntil(card.isVisible)
    QTest.mousePress(plane, LEFT, pos=place_of(plane, 3))
    assert not card.isVisible()


def test_leaving_ends_the_hovering(plane: PlaneView, asked: Asked, qtbot: QtBot) -> None:
    hover(plane, place_of(plane, 3))
    QApplication.sendEvent(plane, QEvent(QEvent.Type.Leave))
    assert asked.hovered == [3, None]
    assert not plane._card_timer.isActive()


def test_points_that_are_not_shown_are_not_hovered(plane: PlaneView, store: Store, asked: Asked) -> None:
    place = place_of(plane, 3)
    store.update(layers=Layers(points=False))
    hover(plane, place)
    assert asked.hovered == []


def test_fewer_images_than_before_confuse_nothing(plane: PlaneView, store: Store, make_state: MakeState) -> None:
    plane.highlight(19)
    other = make_state(dims=3, count=5)
    store.update(images=other.images, embedding=other.embedding)
    assert not picture(plane).isNull()


# What is asked for


def test_tiles_and_support_are_asked_for_on_the_plane_through_the_probe(
    plane: PlaneView, store: Store, asked: Asked
) -> None:
    store.update(probe=(0.0, 0.0, 0.7))
    for request, codes in (asked.tiles[-1], asked.support[-1]):
        assert codes[:, :2] == pytest.approx(request.xy, abs=1e-6)
        assert codes[:, 2] == pytest.approx(0.7)


def test_moving_on_the_plane_asks_for_nothing(plane: PlaneView, asked: Asked) -> None:
    drag(plane, LEFT, HERE, THERE)
    assert asked.tiles == []
    assert asked.support == []


def test_what_was_asked_for_is_shown(plane: PlaneView, store: Store, asked: Asked) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    plane.refresh_tiles()
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 200, np.uint8), plane.mosaic_epoch)
    assert plane.mosaic_complete
    assert picture(plane).pixelColor(HERE).red() == 200
    store.update(layers=Layers(points=False, prior=False))
    fog = FogRequest.covering(plane.viewport())
    plane.show_support(fog, np.zeros(fog.shape[0] * fog.shape[1], np.float32))
    assert picture(plane).pixelColor(HERE).red() < 100


def test_newer_weights_make_the_mosaic_incomplete(plane: PlaneView, asked: Asked) -> None:
    plane.refresh_tiles()
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.zeros((len(codes), 28, 28, 1), np.uint8), plane.mosaic_epoch)
    plane.refresh_tiles()
    assert not plane.mosaic_complete
    assert len(asked.tiles[-1][1]) == len(codes)


def test_another_model_takes_mosaic_and_fog_away(
    plane: PlaneView, store: Store, asked: Asked, make_state: MakeState
) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    plane.refresh_tiles()
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 200, np.uint8), plane.mosaic_epoch)
    store.update(model=make_state(dims=3).model, embedding=None)
    assert not plane.mosaic_complete
    assert picture(plane).pixelColor(HERE).red() < 100


def test_nothing_is_asked_for_while_nobody_sees_it(store: Store, qtbot: QtBot) -> None:
    plane = PlaneView(store)
    qtbot.addWidget(plane)
    asked = Asked(plane)
    store.update(probe=(0.0, 0.0, 0.7))
    assert asked.tiles == []
    assert asked.support == []
    plane.show()
    assert asked.tiles
    assert asked.support


def test_without_the_mosaic_no_tiles_are_asked_for(plane: PlaneView, store: Store, asked: Asked) -> None:
    store.update(layers=Layers(mosaic=False))
    wheel(plane, HERE)
    assert asked.tiles == []
    store.update(layers=Layers())
    assert asked.tiles


@pytest.mark.parametrize("dims", [1, 2, 64])
def test_any_number_of_dimensions_can_be_looked_at(qtbot: QtBot, make_state: MakeState, dims: int) -> None:
    store = Store(replace(make_state(dims=dims), plane_dims=(0, min(1, dims - 1))))
    plane = PlaneView(store)
    qtbot.addWidget(plane)
    plane.resize(480, 360)
    plane.show()
    QTest.mouseClick(plane, LEFT, pos=HERE)
    assert len(store.state.probe) == dims
    assert probe_place(plane).x() == pytest.approx(HERE.x(), abs=0.01)
    assert not picture(plane).isNull()


def test_an_empty_plane_takes_mouse_and_keys_without_harm(qtbot: QtBot) -> None:
    plane = PlaneView(Store())
    qtbot.addWidget(plane)
    plane.resize(480, 360)
    plane.show()
    drag(plane, LEFT, HERE, THERE)
    QTest.mouseDClick(plane, LEFT, pos=HERE)
    QTest.keyClick(plane, Key.Key_Left)
    wheel(plane, HERE)
    assert not picture(plane).isNull()


# Its legend and its switches


def test_a_category_is_switched_off_in_the_legend(plane: PlaneView, store: Store) -> None:
    legend = plane.findChild(Legend, "legend")
    assert legend is not None
    QTest.mouseClick(legend, LEFT, pos=legend.chip("green").center().toPoint())
    assert store.state.hidden == {"green"}
    assert plane.image_at(QPointF(place_of(plane, 1))) != 1


@pytest.mark.parametrize("layer", ["mosaic", "points", "prior", "support"])
def test_a_layer_is_switched_off_and_on(plane: PlaneView, store: Store, layer: str) -> None:
    button = plane.findChild(QToolButton, f"layer_{layer}")
    assert button is not None
    QTest.mouseClick(button, LEFT)
    assert not getattr(store.state.layers, layer)
    store.update(layers=Layers())
    assert button.isChecked()


def test_points_and_prior_are_drawn_only_while_they_are_on(plane: PlaneView, store: Store) -> None:
    pictures = []
    for layers in (Layers(), Layers(points=False), Layers(prior=False)):
        store.update(layers=layers)
        pictures.append(picture(plane))
    assert pictures[0] != pictures[1]
    assert pictures[0] != pictures[2]
