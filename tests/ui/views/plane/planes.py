from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from vae_explorer.core.latent.point_index import PointIndex
from vae_explorer.services.state import AppState
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.fog import FogRequest
from vae_explorer.ui.views.plane.lattice import TileRequest
from vae_explorer.ui.views.plane.scene import DEPTHS, Colouring

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
        plane.tiles_wanted.connect(lambda request, codes: self.tiles.append((request, np.asarray(codes))))
        plane.support_wanted.connect(lambda request, codes: self.support.append((request, np.asarray(codes))))
        plane.image_hovered.connect(self.hovered.append)


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


def cloud_of(
    xy: object, categories: object = 0, depth: object = 0, selected: object = None, colours: Colouring | None = None
) -> Cloud:
    """Points at places (N, 2): each one's colour of two, how far it is from the plane, and whether it is selected."""
    places = np.array(xy, np.float32).reshape(-1, 2)
    count = len(places)
    colours = colours or Colouring(np.zeros(count, np.int64), ("a", "b"))
    index = PointIndex(places)
    rows = np.broadcast_to(np.asarray(categories) * DEPTHS + np.asarray(depth), count)
    if selected is not None:
        grey = len(colours.table) - DEPTHS + np.broadcast_to(np.asarray(depth), count)
        rows = np.where(np.array(selected), rows // DEPTHS * DEPTHS, grey)
    return Cloud.of(index, rows[index.numbers].astype(np.uint16), colours.table)
