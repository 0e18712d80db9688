from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.views.plane.planes import (
    HERE,
    LEFT,
    THERE,
    Asked,
    Key,
    MakeState,
    drag,
    hover,
    picture,
    place_of,
    probe_place,
    wheel,
)
from vae_explorer.services.state import Layers, Store, View
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.plane import cloud as cloud_module
from vae_explorer.ui.views.plane.card import HoverCard
from vae_explorer.ui.views.plane.cloud import Cloud, CloudRequest
from vae_explorer.ui.views.plane.fog import FogRequest
from vae_explorer.ui.views.plane.layer_bar import LayerBar
from vae_explorer.ui.views.plane.legend import Legend
from vae_explorer.ui.views.plane.scene import DEPTHS

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


def test_a_zoom_looks_again_what_is_under_the_still_mouse(
    plane: PlaneView, store: Store, asked: Asked, qtbot: QtBot
) -> None:
    card = plane.findChild(HoverCard)
    assert card is not None
    at = place_of(plane, 3) + QPoint(5, 0)
    hover(plane, at)
    qtbot.waitUntil(card.isVisible)
    for _ in range(12):
        wheel(plane, at)
    assert plane.image_at(QPointF(at)) != 3
    assert asked.hovered == [3, plane.image_at(QPointF(at))]
    assert not card.isVisible()
    store.update(view=None)
    assert asked.hovered[-1] == 3


def test_a_zoom_looks_nowhere_while_the_mouse_is_elsewhere(plane: PlaneView, asked: Asked) -> None:
    at = place_of(plane, 3)
    hover(plane, at)
    QApplication.sendEvent(plane, QEvent(QEvent.Type.Leave))
    plane.highlight(5)
    plane.zoom(2)
    assert asked.hovered == [3, None]
    assert plane._hovered == 5


def test_leaving_ends_the_hovering(plane: PlaneView, asked: Asked, qtbot: QtBot) -> None:
    hover(plane, place_of(plane, 3))
    QApplication.sendEvent(plane, QEvent(QEvent.Type.Leave))
    assert asked.hovered == [3, None]
    assert not plane._card_timer.isActive()


def test_the_mouse_on_the_switches_hovers_no_image(plane: PlaneView, asked: Asked) -> None:
    hover(plane, place_of(plane, 3))
    QApplication.sendEvent(plane._layer_bar, QEvent(QEvent.Type.Enter))
    assert asked.hovered == [3, None]


def test_points_that_are_not_shown_are_not_hovered(plane: PlaneView, store: Store, asked: Asked) -> None:
    place = place_of(plane, 3)
    store.update(layers=Layers(points=False))
    hover(plane, place)
    assert asked.hovered == []


def test_other_images_end_the_hovering(
    plane: PlaneView, store: Store, asked: Asked, make_state: MakeState, qtbot: QtBot
) -> None:
    hover(plane, place_of(plane, 3))
    assert asked.hovered == [3]
    card = plane.findChild(HoverCard)
    assert card is not None
    qtbot.waitUntil(card.isVisible)
    other = make_state(dims=3, count=20)
    store.update(images=other.images, embedding=other.embedding)
    assert asked.hovered == [3, None]
    assert not card.isVisible()


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


def test_the_points_depths_follow_a_knob_that_has_moved_fast(plane: PlaneView, store: Store, qtbot: QtBot) -> None:
    for value in np.linspace(0, 2, 20):
        store.update(probe=(0.0, 0.0, float(value)))
    qtbot.waitUntil(lambda: not plane._pace.waits)
    embedding, cloud = store.state.embedding, plane._cloud
    assert embedding is not None
    assert cloud is not None
    distance = np.abs(embedding.mean[:, 2] - 2)
    depth = (cloud.rows % DEPTHS)[np.argsort(cloud.index.numbers)]
    assert (np.diff(depth[np.argsort(distance)].astype(int)) >= 0).all()


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


@pytest.mark.parametrize("width", [1000, 420, 300])
def test_the_switches_are_all_in_reach_however_narrow_the_plane(plane: PlaneView, width: int) -> None:
    plane.resize(width, 500)
    bar = plane.findChild(LayerBar)
    assert bar is not None
    assert plane.rect().contains(bar.geometry())
    for button in bar.findChildren(QToolButton):
        assert bar.rect().contains(button.geometry())


def test_many_points_are_placed_elsewhere_and_shown_when_they_come(
    plane: PlaneView, store: Store, monkeypatch: pytest.MonkeyPatch, make_state: MakeState
) -> None:
    monkeypatch.setattr(cloud_module, "AT_ONCE", 10)
    wanted: list[tuple[CloudRequest, Callable[[], Cloud]]] = []
    sorting = list[int]()
    plane.sorting.connect(sorting.append)
    plane.cloud_wanted.connect(lambda request, work: wanted.append((request, work)))
    store.update(layers=Layers(mosaic=False, prior=False, support=False), embedding=make_state(dims=3).embedding)
    bare = picture(plane)
    complete = [plane.points_complete]
    count = len(store.state.embedding.mean) if store.state.embedding is not None else 0
    assert sorting[-1] == count > 0
    assert plane.image_at(QPointF(place_of(plane, 3))) is None
    request, work = wanted[-1]
    plane.show_cloud(request, work())
    assert [*complete, plane.points_complete] == [False, True]
    assert sorting[-1] == 0
    assert picture(plane) != bare
    assert plane.image_at(QPointF(place_of(plane, 3))) == 3
