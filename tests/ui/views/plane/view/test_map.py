"""What the map shows beside the points: density, images as large as is wished, and those of the right model."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.views.plane.planes import HERE, THERE, Asked, MakeState, picture
from vae_explorer.services.state import TILE_PX, Layers, Store, View
from vae_explorer.ui.views.plane import PlaneView


def test_density_is_off_at_first_and_drawn_when_switched_on(plane: PlaneView, store: Store) -> None:
    store.update(layers=Layers(mosaic=False, prior=False, support=False, points=False))
    before = picture(plane)
    switch = plane.findChild(QToolButton, "layer_density")
    assert switch is not None
    assert not switch.isChecked()
    switch.click()
    assert store.state.layers.density
    assert picture(plane) != before


def test_a_line_of_codes_has_no_density_on_the_plane(plane: PlaneView, store: Store, make_state: MakeState) -> None:
    line = make_state(dims=1)
    store.update(model=line.model, embedding=line.embedding, probe=line.probe, plane_dims=(0, 0))
    switch = plane.findChild(QToolButton, "layer_density")
    assert switch is not None
    assert not switch.isEnabled()
    store.update(layers=Layers(density=True))
    assert not picture(plane).isNull()


@pytest.mark.parametrize("tile_px", TILE_PX)
def test_the_images_of_the_map_are_as_large_as_is_wished(
    plane: PlaneView, store: Store, asked: Asked, tile_px: int
) -> None:
    store.update(tile_px=64)
    store.update(tile_px=tile_px)
    assert tile_px <= asked.tiles[-1][0].step / plane.viewport().view.units_per_pixel < 2 * tile_px


def test_a_model_that_comes_in_mid_pan_decodes_what_is_in_sight_then(
    plane: PlaneView, store: Store, asked: Asked, make_state: MakeState
) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    QTest.mousePress(plane, Qt.MouseButton.MiddleButton, pos=HERE)
    QTest.mouseMove(plane, THERE)
    request, codes = asked.tiles[-1]
    epoch = plane.mosaic_epoch
    other = make_state(dims=5)
    store.update(model=other.model, embedding=None, probe=other.probe, view=None)
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 200, np.uint8), epoch)
    assert picture(plane).pixelColor(HERE).red() < 100, "it shows images of the model before"
    QTest.mouseMove(plane, HERE)
    QTest.mouseRelease(plane, Qt.MouseButton.MiddleButton, pos=HERE)
    request, codes = asked.tiles[-1]
    assert codes.shape[1] == 5
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 220, np.uint8), plane.mosaic_epoch)
    assert plane.mosaic_complete
    assert picture(plane).pixelColor(HERE).red() == 220


FAR = View(100.0, 100.0, 0.01)


def test_where_nothing_of_the_map_is_there_yet_the_picture_before_stays_for_a_moment(
    plane: PlaneView, store: Store, asked: Asked, qtbot: QtBot
) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 200, np.uint8), plane.mosaic_epoch)
    corner = QPoint(300, 60)
    assert picture(plane).pixelColor(corner).red() == 200
    store.update(view=FAR)
    assert picture(plane).pixelColor(corner).red() == 200
    qtbot.waitUntil(lambda: picture(plane).pixelColor(corner).red() < 100)


def test_what_comes_meanwhile_is_drawn_at_once(plane: PlaneView, store: Store, asked: Asked) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    picture(plane)
    store.update(view=FAR)
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 220, np.uint8), plane.mosaic_epoch)
    assert picture(plane).pixelColor(QPoint(300, 60)).red() == 220


def test_over_tiles_that_are_there_the_view_changes_at_once(plane: PlaneView, store: Store, asked: Asked) -> None:
    store.update(layers=Layers(points=False, prior=False, support=False))
    request, codes = asked.tiles[-1]
    plane.show_tiles(request, 0, np.full((len(codes), 28, 28, 1), 200, np.uint8), plane.mosaic_epoch)
    before = picture(plane)
    store.update(view=plane.viewport().zoomed(3, QPointF(HERE)))
    assert picture(plane) != before
