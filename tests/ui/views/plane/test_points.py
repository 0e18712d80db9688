from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.views.plane.planes import cloud_of
from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.points import paint_points
from vae_explorer.ui.views.plane.scene import Colouring
from vae_explorer.ui.views.plane.viewport import Viewport

VIEWPORT = Viewport(View(0, 0, 0.1), 200, 100)
DOT_PX = 7.0

pytestmark = pytest.mark.usefixtures("qapp")


def drawn(cloud: Cloud, ratio: float = 1, ground: str = "black") -> QImage:
    image = QImage(round(200 * ratio), round(100 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(ground))
    painter = QPainter(image)
    paint_points(painter, VIEWPORT, cloud, DOT_PX)
    painter.end()
    return image


def same(first: QColor, second: QColor) -> bool:
    channels = (QColor.red, QColor.green, QColor.blue)
    return all(abs(channel(first) - channel(second)) <= 3 for channel in channels)


def colour_of(category: int) -> QColor:
    return Colouring(np.zeros(1, np.int64), ("a", "b")).colour(category)


def lit(image: QImage) -> NDArray[np.bool_]:
    """(H, W): which pixels are not black."""
    rows, columns = range(image.height()), range(image.width())
    return np.array([[image.pixelColor(x, y).lightness() > 0 for x in columns] for y in rows], bool)


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_point_is_a_dot_of_its_colour_at_its_place(ratio: float) -> None:
    image = drawn(cloud_of([[3, 2]], categories=[1]), ratio)
    x, y = round(130 * ratio), round(30 * ratio)
    assert same(image.pixelColor(x, y), colour_of(1))
    rows, columns = np.nonzero(lit(image))
    assert rows.mean() / ratio == pytest.approx(30, abs=0.6)
    assert columns.mean() / ratio == pytest.approx(130, abs=0.6)
    assert np.ptp(columns) / ratio == pytest.approx(DOT_PX, abs=1.5)


def test_a_dark_rim_sets_a_dot_off_from_a_light_ground() -> None:
    image = drawn(cloud_of([[0, 0]]), ground="white")
    row = [image.pixelColor(x, 50).lightness() for x in range(90, 111)]
    assert row[0] == row[-1] == 255
    assert min(row) < colour_of(0).lightness()


def test_points_out_of_sight_cost_nothing_and_break_nothing() -> None:
    far = [[1e9, 0], [0, -1e9], [10.4, 0], [-10.4, 0], [0, 5.4]]
    image = drawn(cloud_of([*far, [0, 0]]))
    assert lit(image)[50, 100]
    assert not lit(image)[:, 20:80].any()


def test_a_point_at_the_edge_is_cut_off_and_comes_out_nowhere_else() -> None:
    pixels = lit(drawn(cloud_of([[-10, 0]])))
    assert pixels[50, 0]
    assert not pixels[:, 100:].any()


def test_near_points_lie_on_top_of_far_ones_which_fade() -> None:
    image = drawn(cloud_of([[0, 0], [0, 0], [5, 0]], categories=[0, 1, 0], depth=[0, 2, 2]))
    assert same(image.pixelColor(100, 50), colour_of(0))
    assert 0 < image.pixelColor(150, 50).lightness() < colour_of(0).lightness() / 2


def test_no_points_draw_nothing() -> None:
    assert not lit(drawn(cloud_of([]))).any()


def test_selected_points_lie_on_top_of_all_others_and_do_not_fade() -> None:
    places = [[0, 0], [0.2, 0]]
    cloud = cloud_of(places, categories=[0, 1], depth=[2, 0], selected=[True, False])
    assert same(drawn(cloud).pixelColor(VIEWPORT.point(0, 0).toPoint()), colour_of(0))
