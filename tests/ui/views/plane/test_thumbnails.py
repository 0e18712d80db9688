from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.views.plane.planes import MakeState, cloud_of
from vae_explorer.services.state import View
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scene import Colouring
from vae_explorer.ui.views.plane.thumbnails import MOST, SIDE_PX, ZOOM, paint_thumbnails, to_draw
from vae_explorer.ui.views.plane.viewport import Viewport

HOME = Viewport(View(0, 0, 0.01), 400, 300)
NEAR = Viewport(View(0, 0, 0.01 / ZOOM / 1.01), 400, 300)


def test_points_give_way_to_images_once_one_has_zoomed_in() -> None:
    cloud = cloud_of([(0, 0), (0.1, 0.1), (9, 9)])
    assert to_draw(HOME, HOME, cloud).tolist() == []
    assert sorted(cloud.index.numbers[to_draw(NEAR, HOME, cloud)].tolist()) == [0, 1]


def test_many_in_sight_stay_points() -> None:
    assert len(to_draw(NEAR, HOME, cloud_of([(0, 0)] * MOST))) == MOST
    assert len(to_draw(NEAR, HOME, cloud_of([(0, 0)] * (MOST + 1)))) == 0


def test_an_image_stands_where_its_point_was_framed_in_its_colour_or_in_grey(make_state: MakeState) -> None:
    state = make_state(2, size=8)
    assert state.embedding is not None
    colours = Colouring(np.zeros(2, np.int64), ("a", "b"))
    cloud = cloud_of([(-0.3, 0), (0.3, 0)], selected=[True, False], colours=colours)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    paint_thumbnails(painter, NEAR, cloud, state.embedding.images, np.array([0, 1]))
    painter.end()
    for x, index, frame in ((-0.3, 0, colours.colour(0)), (0.3, 1, QColor(theme.FAINT))):
        centre = NEAR.point(x, 0)
        edge = image.pixelColor(round(centre.x() - SIDE_PX / 2), round(centre.y()))
        assert abs(edge.hue() - frame.hue()) < 8
        block = [
            image.pixelColor(round(centre.x()) + dx, round(centre.y()) + dy).value()
            for dx in (-12, 12)
            for dy in (-12, 12)
        ]
        pixels = state.embedding.images.images[index, :, :, 0]
        assert np.corrcoef(block, [pixels[r, c] for c in (1, 6) for r in (1, 6)])[0, 1] > 0.8
