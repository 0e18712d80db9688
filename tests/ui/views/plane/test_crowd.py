from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.views.plane.planes import cloud_of
from vae_explorer.services.state import View
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.crowd import paint_crowd
from vae_explorer.ui.views.plane.viewport import Viewport

WIDTH, HEIGHT = 120, 80
VIEWPORT = Viewport(View(0, 0, 1.0), WIDTH, HEIGHT)
"""One unit a pixel; (0, 0) in the middle."""


def drawn(cloud: Cloud, viewport: Viewport = VIEWPORT, spread: int = 2) -> QImage:
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    paint_crowd(painter, viewport, cloud, spread, 0.3)
    painter.end()
    return image


def at(image: QImage, x: float, y: float) -> QColor:
    return image.pixelColor(VIEWPORT.point(x, y).toPoint())


@pytest.mark.parametrize("spread", [1, 2, 3])
def test_a_point_is_drawn_in_its_colour_where_it_lies_and_nowhere_else(spread: int) -> None:
    image = drawn(cloud_of(np.array([(10.5, 5.5)]), categories=1), spread=spread)
    marked = [(x, y) for x in range(WIDTH) for y in range(HEIGHT) if image.pixelColor(x, y) != QColor("black")]
    assert len(marked) == {1: 1, 2: 4, 3: 5}[spread]
    place = VIEWPORT.point(10.5, 5.5)
    assert np.mean(marked, axis=0) + 0.5 == pytest.approx((place.x(), place.y()), abs=0.5)
    colour, wanted = image.pixelColor(*marked[0]), theme.category_colour(1)
    assert abs(colour.hue() - wanted.hue()) < 5


def test_the_more_points_the_less_is_seen_of_what_lies_under_them() -> None:
    values = [at(drawn(cloud_of(np.zeros((count, 2)))), 0.5, -0.5).value() for count in (1, 2, 5, 50)]
    assert values == sorted(set(values))
    assert values[-1] == pytest.approx(theme.category_colour(0).value(), abs=2)


def test_where_colours_meet_their_mean_is_seen_and_far_points_count_less() -> None:
    both = drawn(cloud_of(np.zeros((40, 2)), categories=np.arange(40) % 2))
    colour, first, second = at(both, 0.5, -0.5), theme.category_colour(0), theme.category_colour(1)
    assert colour.red() == pytest.approx((first.red() + second.red()) / 2, abs=3)
    far = drawn(cloud_of(np.zeros((3, 2)), depth=2))
    near = drawn(cloud_of(np.zeros((3, 2)), depth=0))
    assert at(far, 0.5, -0.5).value() < at(near, 0.5, -0.5).value()


def test_points_that_are_not_selected_are_grey() -> None:
    image = drawn(cloud_of(np.zeros((60, 2)), selected=np.zeros(60, bool)))
    assert at(image, 0.5, -0.5).saturation() < 60


@pytest.mark.parametrize("spread", [1, 2, 3])
def test_a_part_looks_as_it_does_in_the_whole(spread: int) -> None:
    cloud = cloud_of(np.random.default_rng(0).normal(0, 15, (5000, 2)), categories=np.arange(5000) % 2)
    whole = drawn(cloud, spread=spread)
    part = QRect(30, 20, 50, 40)
    assert drawn(cloud, VIEWPORT.part(part), spread) == whole.copy(part)
