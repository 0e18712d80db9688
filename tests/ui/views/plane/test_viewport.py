from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.viewport import ZOOM_RANGE, Viewport

VIEWPORTS = [
    Viewport(View(0, 0, 0.01), 800, 600),
    Viewport(View(-3, 7.5, 0.25), 333, 200),
    Viewport(View(1000, -1000, 4), 1, 1),
]


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_pixels_and_plane_are_each_others_inverse(viewport: Viewport) -> None:
    for position in (QPointF(0, 0), QPointF(12.5, 99), QPointF(-40, 1000)):
        back = viewport.point(*viewport.to_plane(position))
        assert (back.x(), back.y()) == pytest.approx((position.x(), position.y()), abs=1e-6)


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_many_points_come_to_where_each_of_them_does(viewport: Viewport) -> None:
    x0, x1, y0, y1 = viewport.bounds
    xy = np.random.default_rng(0).uniform((x0, y0), (x1, y1), (20, 2)).astype(np.float32)
    single = [(point.x(), point.y()) for point in (viewport.point(float(x), float(y)) for x, y in xy)]
    assert viewport.to_pixels(xy) == pytest.approx(np.array(single), abs=0.05)


def test_the_plane_grows_to_the_right_and_upwards() -> None:
    viewport = Viewport(View(5, 6, 0.1), 200, 100)
    assert viewport.point(5, 6) == QPointF(100, 50)
    assert viewport.point(6, 7) == QPointF(110, 40)
    assert viewport.bounds == pytest.approx((-5, 15, 1, 11))


@pytest.mark.parametrize("factor", [1.2, 1 / 1.2, 7.0])
def test_zooming_keeps_what_lies_under_the_cursor(factor: float) -> None:
    viewport, cursor = Viewport(View(-3, 7.5, 0.25), 640, 480), QPointF(101, 333)
    before = viewport.to_plane(cursor)
    zoomed = Viewport(viewport.zoomed(factor, cursor), 640, 480)
    assert zoomed.to_plane(cursor) == pytest.approx(before, abs=1e-9)
    assert zoomed.view.units_per_pixel == pytest.approx(0.25 / factor)


@pytest.mark.parametrize(("factor", "limit"), [(1e12, ZOOM_RANGE[0]), (1e-12, ZOOM_RANGE[1])])
def test_zooming_ends_somewhere_and_still_keeps_the_place(factor: float, limit: float) -> None:
    viewport, cursor = Viewport(View(0, 0, 0.01), 640, 480), QPointF(400, 100)
    zoomed = Viewport(viewport.zoomed(factor, cursor), 640, 480)
    assert zoomed.view.units_per_pixel == limit
    assert zoomed.to_plane(cursor) == pytest.approx(viewport.to_plane(cursor), abs=1e-6)
    again = zoomed.zoomed(factor, QPointF(0, 0))
    assert (again.x, again.y, again.units_per_pixel) == pytest.approx((zoomed.view.x, zoomed.view.y, limit))


def test_panning_takes_the_content_along() -> None:
    viewport = Viewport(View(1, 2, 0.5), 640, 480)
    under = viewport.to_plane(QPointF(100, 100))
    panned = Viewport(viewport.panned(30, -20), 640, 480)
    assert panned.to_plane(QPointF(130, 80)) == pytest.approx(under)


@pytest.mark.parametrize("size", [(800, 600), (300, 900), (1, 1)])
def test_the_fitted_view_shows_the_whole_box_and_little_more(size: tuple[int, int]) -> None:
    viewport = Viewport.fit((-1, 0), (3, 10), *size)
    x0, x1, y0, y1 = viewport.bounds
    assert x0 < -1
    assert x1 > 3
    assert y0 < 0
    assert y1 > 10
    assert min((x1 - x0) / 4, (y1 - y0) / 10) < 1.2


def test_a_box_without_extent_can_be_fitted() -> None:
    viewport = Viewport.fit((2, 2), (2, 2), 800, 600)
    assert viewport.to_plane(QPointF(400, 300)) == pytest.approx((2, 2))
    assert viewport.view.units_per_pixel > 0


def test_a_box_comes_to_a_rectangle_the_right_way_up() -> None:
    rect = Viewport(View(0, 0, 0.1), 200, 100).rect(-1, 2, -3, 4)
    assert (rect.left(), rect.right(), rect.top(), rect.bottom()) == pytest.approx((90, 120, 10, 80))
