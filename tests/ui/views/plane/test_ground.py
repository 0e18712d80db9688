from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.ground import Ground
from vae_explorer.ui.views.plane.viewport import Viewport

HERE = Viewport(View(0.3, -0.2, 0.01), 320, 200)


class Painted:
    """Paints a grid of dots that lie in the plane, and counts the pixels that it was asked for."""

    def __init__(self) -> None:
        self.pixels = 0

    def __call__(self, painter: QPainter, viewport: Viewport) -> None:
        self.pixels += viewport.width * viewport.height
        for i in range(-40, 40):
            for j in range(-40, 40):
                place = viewport.point(i * 0.17, j * 0.13).toPoint()
                painter.fillRect(place.x() - 3, place.y() - 2, 6, 4, QColor(100 + i, 100 + j, 50))


def image(ground: Ground, viewport: Viewport, ratio: float = 1) -> QImage:
    return ground.picture(viewport, ratio).toImage()


def moved(dx: float, dy: float) -> Viewport:
    return Viewport(HERE.panned(dx, dy), HERE.width, HERE.height)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize(("dx", "dy"), [(7, 0), (-7, 0), (0, 5), (0, -5), (31, -12), (-31, 12), (319, 199)])
def test_a_shifted_picture_is_that_painted_anew(dx: int, dy: int, ratio: float) -> None:
    painted = Painted()
    ground = Ground(painted)
    ground.picture(HERE, ratio)
    painted.pixels = 0
    shifted = image(ground, moved(dx, dy), ratio)
    assert painted.pixels == abs(dx) * HERE.height + abs(dy) * HERE.width
    assert shifted == image(Ground(Painted()), moved(dx, dy), ratio)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    "viewport",
    [
        moved(3.5, 0),
        moved(320, 0),
        Viewport(HERE.zoomed(1.2, QPointF(160, 100)), 320, 200),
        Viewport(HERE.view, 340, 200),
    ],
    ids=["half a pixel", "out of sight", "closer", "larger"],
)
def test_what_a_shift_does_not_show_is_painted_whole(viewport: Viewport) -> None:
    painted = Painted()
    ground = Ground(painted)
    ground.picture(HERE, 1)
    painted.pixels = 0
    assert image(ground, viewport) == image(Ground(Painted()), viewport)
    assert painted.pixels == viewport.width * viewport.height


@pytest.mark.usefixtures("qapp")
def test_what_is_forgotten_is_painted_anew() -> None:
    painted = Painted()
    ground = Ground(painted)
    ground.picture(HERE, 1)
    ground.picture(HERE, 1)
    assert painted.pixels == 320 * 200
    ground.forget()
    ground.picture(HERE, 1)
    assert painted.pixels == 2 * 320 * 200
