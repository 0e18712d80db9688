from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.ui.views.plane.lettering import PAD_PX, POINTER_PX, Pointer, write, write_pointing

pytestmark = pytest.mark.usefixtures("qapp")

WIDTH, HEIGHT = 120, 60


class Page:
    """White, with what is written on it."""

    def __init__(self) -> None:
        self.image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
        self.image.fill(QColor("white"))
        self.painter = QPainter(self.image)

    def box(self) -> QRectF:
        """Where anything is written."""
        self.painter.end()
        marked = [(x, y) for x in range(WIDTH) for y in range(HEIGHT) if self.image.pixelColor(x, y).lightness() < 250]
        (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*marked, strict=True))
        return QRectF(left, top, right - left + 1, bottom - top + 1)


def test_letters_stand_on_a_ground_that_hides_what_is_bright() -> None:
    page = Page()
    write(page.painter, QPointF(60, 30), "1 σ")
    box = page.box()
    assert (box.center().x(), box.center().y()) == pytest.approx((60, 30), abs=1)
    beside_the_letters = page.image.pixelColor(round(box.left()) + PAD_PX // 2, round(box.center().y()))
    assert beside_the_letters.lightness() < 90


@pytest.mark.parametrize("at", [(0, 30), (119, 30), (60, 0), (60, 59)])
def test_what_is_to_lie_inside_is_moved_there_whole(at: tuple[int, int]) -> None:
    inside, free = Page(), Page()
    write(free.painter, QPointF(60, 30), "95 %")
    write(inside.painter, QPointF(*at), "95 %", inside=QRectF(0, 0, WIDTH, HEIGHT))
    assert inside.box().size() == free.box().size()


@pytest.mark.parametrize(("pointer", "at"), [("left", (0, 30)), ("down", (60, 60))])
def test_the_ground_of_a_number_points_at_its_place(pointer: Pointer, at: tuple[int, int]) -> None:
    page = Page()
    write_pointing(page.painter, QPointF(*at), "2", pointer)
    box = page.box()
    if pointer == "left":
        assert (box.left(), box.center().y()) == pytest.approx(at, abs=1)
    else:
        assert (box.center().x(), box.bottom()) == pytest.approx(at, abs=1)


def test_what_points_at_an_axis_is_no_dash() -> None:
    page = Page()
    write_pointing(page.painter, QPointF(0, 30), "2", "left")
    page.painter.end()
    heights = [sum(page.image.pixelColor(x, y).lightness() < 200 for y in range(HEIGHT)) for x in range(POINTER_PX)]
    assert heights == sorted(heights)  # wider and wider, up to the number's ground
    assert heights[-1] > 4
