from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.fog import OPACITY, Fog, FogRequest
from vae_explorer.ui.views.plane.viewport import Viewport

VIEWPORT = Viewport(View(1, -2, 0.01), 320, 200)

pytestmark = pytest.mark.usefixtures("qapp")


def drawn(fog: Fog, viewport: Viewport = VIEWPORT) -> QImage:
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    fog.paint(painter, viewport)
    painter.end()
    return image


def fogged(support: float | np.ndarray) -> Fog:
    request = FogRequest.covering(VIEWPORT)
    rows, columns = request.shape
    fog = Fog()
    fog.put(request, np.broadcast_to(np.float32(support), (rows * columns,)))
    return fog


def test_cells_cover_more_than_what_is_in_sight() -> None:
    request = FogRequest.covering(VIEWPORT)
    rows, columns = request.shape
    x0, x1, y0, y1 = VIEWPORT.bounds
    assert len(request.xy) == rows * columns
    assert request.box[0] < x0
    assert request.box[1] > x1
    assert request.box[2] < y0
    assert request.box[3] > y1
    assert request.xy[0].tolist() == pytest.approx(
        [request.box[0] + (request.box[1] - request.box[0]) / columns / 2,
         request.box[3] - (request.box[3] - request.box[2]) / rows / 2]
    )  # fmt: skip


def test_where_there_is_support_nothing_is_hidden() -> None:
    assert drawn(fogged(1)).pixelColor(160, 100) == QColor("white")


def test_where_there_is_none_little_is_seen() -> None:
    colour = drawn(fogged(0)).pixelColor(160, 100)
    ground = QColor(theme.BACKGROUND)
    for seen, hidden in ((colour.red(), ground.red()), (colour.blue(), ground.blue())):
        assert seen == pytest.approx(OPACITY * hidden + (1 - OPACITY) * 255, abs=2)


def test_fog_lies_where_it_belongs_even_after_panning() -> None:
    request = FogRequest.covering(VIEWPORT)
    left_is_clear = (request.xy[:, 0] < 1).astype(np.float32)
    fog = Fog()
    fog.put(request, left_is_clear)
    panned = Viewport(VIEWPORT.panned(60, 0), 320, 200)
    for viewport in (VIEWPORT, panned):
        image = drawn(fog, viewport)
        edge = round(viewport.point(1, 0).x())
        assert image.pixelColor(edge - 50, 100).red() == 255
        assert image.pixelColor(edge + 50, 100).red() < 100


def test_no_fog_is_drawn_before_the_first_answer_and_after_clearing() -> None:
    fog = fogged(0)
    fog.clear()
    assert drawn(fog) == drawn(Fog())
    assert drawn(fog).pixelColor(160, 100) == QColor("white")


def test_it_suits_until_one_has_panned_far_or_zoomed() -> None:
    fog = fogged(0.5)
    assert not fog.suits(VIEWPORT), "it was not asked for"
    fog.expect(FogRequest.covering(VIEWPORT))
    assert fog.suits(VIEWPORT)
    assert fog.suits(Viewport(VIEWPORT.panned(20, -10), 320, 200))
    assert not fog.suits(Viewport(VIEWPORT.panned(40, 0), 320, 200)), "its edge is near"
    assert not fog.suits(Viewport(VIEWPORT.zoomed(1.2, QPointF(160, 100)), 320, 200))
    fog.clear()
    assert not fog.suits(VIEWPORT)
