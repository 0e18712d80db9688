from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.pages import SIDE, Page, page_bytes, words_of
from vae_explorer.ui.views.plane.viewport import Viewport

TILE = (4, 4)
VIEWPORT = Viewport(View(SIDE / 2 - 0.5, SIDE / 2 - 0.5, 0.1), 10 * SIDE, 10 * SIDE)
"""Just the page of the tiles 0 to SIDE − 1, each ten pixels large."""


def even(*greys: int) -> np.ndarray:
    """Images of one grey each."""
    return np.array(greys, np.uint8)[:, None, None, None] * np.ones((1, *TILE, 1), np.uint8)


def painted(page: Page) -> QImage:
    image = QImage(VIEWPORT.width, VIEWPORT.height, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 255))
    painter = QPainter(image)
    page.paint(painter, VIEWPORT)
    painter.end()
    return image


def colour_of(image: QImage, i: int, j: int) -> tuple[int, int, int]:
    """The colour in the middle of a tile."""
    colour = image.pixelColor(VIEWPORT.point(i, j).toPoint())
    return colour.red(), colour.green(), colour.blue()


@pytest.mark.usefixtures("qapp")
def test_tiles_are_drawn_where_they_lie_and_nothing_where_they_are_missing() -> None:
    page = Page((1.0, 0, 0), TILE)
    tiles = np.array([[0, 0], [SIDE - 1, 0], [2, 5], [3, 5], [3, 6]])
    page.put(tiles, words_of(even(10, 20, 30, 40, 50), TILE), stamp=3)
    image = painted(page)
    for (i, j), grey in zip(tiles.tolist(), (10, 20, 30, 40, 50), strict=True):
        assert colour_of(image, i, j) == (grey, grey, grey)
    assert colour_of(image, 1, 0) == (0, 0, 255)
    assert colour_of(image, 2, 6) == (0, 0, 255)
    assert (page.stamps == 3).sum() == len(tiles)


@pytest.mark.usefixtures("qapp")
def test_a_full_page_leaves_no_seam() -> None:
    page = Page((1.0, 0, 0), TILE)
    tiles = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2)
    page.put(tiles, words_of(even(*[77] * len(tiles)), TILE), stamp=0)
    image = painted(page)
    colours = {image.pixel(x, y) for x in range(VIEWPORT.width) for y in range(VIEWPORT.height)}
    assert colours == {QColor(77, 77, 77).rgb()}


def test_pages_lie_side_by_side() -> None:
    one, right, above = (Page((0.5, *key), TILE).box for key in ((-1, 2), (0, 2), (-1, 3)))
    assert right[0] == one[1]
    assert above[2] == one[3]


def test_colours_come_out_as_they_went_in() -> None:
    image = np.zeros((1, 2, 2, 3), np.uint8)
    image[0, :, :] = (1, 2, 3)
    assert set(words_of(image, (2, 2)).ravel().tolist()) == {0xFF010203}


def test_large_images_are_thinned_to_the_size_of_a_tile() -> None:
    image = np.arange(9 * 9, dtype=np.uint8).reshape(1, 9, 9, 1)
    assert np.array_equal(words_of(image, (4, 4)) & 0xFF, image[:, :8:2, :8:2, 0])


def test_a_page_takes_what_is_said() -> None:
    assert Page((1.0, 0, 0), TILE)._words.nbytes == page_bytes(TILE)
