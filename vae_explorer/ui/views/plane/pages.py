"""Decoded tiles, kept in pages of 8 × 8: a page is one picture, drawn in one go once it is full."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from vae_explorer.ui.views.plane.viewport import Viewport

SIDE = 8
"""A page has so many rows and columns of tiles."""

PageKey = tuple[float, int, int]
"""The lattice's spacing, then the page's column and row: tile (i, j) is on the page (i // SIDE, j // SIDE)."""

Words = NDArray[np.uint32]
"""Pixels as 0xffRRGGBB: Qt draws these two or three times as fast as grey levels, or as three bytes each."""


class Page:
    """Some neighbouring tiles of one lattice, not all of which need be there."""

    def __init__(self, key: PageKey, tile: tuple[int, int]) -> None:
        """`tile`: height and width of a tile in the picture."""
        self.key = key
        self._tile = tile
        self._words = np.zeros((SIDE * tile[0], SIDE * tile[1]), np.uint32)
        self.stamps = np.full((SIDE, SIDE), -1, np.int64)
        """For each tile, from the top left, the number of the epoch (see Mosaic) it was decoded in; −1: not there."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part of the plane that it covers: x from, x to, y from, y to."""
        step, column, row = self.key
        x, y = (SIDE * column - 0.5) * step, (SIDE * row - 0.5) * step
        return x, x + SIDE * step, y, y + SIDE * step

    def put(self, tiles: NDArray[np.int64], words: Words, stamp: int) -> None:
        """Fill tiles in: `tiles` (n, 2) are their columns and rows in the lattice, `words` (n, height, width)."""
        _, column, row = self.key
        places = SIDE - 1 - (tiles[:, 1] - SIDE * row), tiles[:, 0] - SIDE * column
        height, width = self._tile
        self._words.reshape(SIDE, height, SIDE, width).swapaxes(1, 2)[places] = words
        self.stamps[places] = stamp

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the tiles that are there, unless the whole page is out of sight."""
        target, (height, width) = viewport.rect(*self.box), self._tile
        if not target.intersects(QRectF(0, 0, viewport.width, viewport.height)):
            return
        size_x, size_y = target.width() / SIDE, target.height() / SIDE
        rows, columns = self._words.shape
        picture = QImage(self._words.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        for row, column, down, across in _blocks(self.stamps >= 0):
            part = QRectF(target.x() + column * size_x, target.y() + row * size_y, across * size_x, down * size_y)
            painter.drawImage(part, picture, QRectF(column * width, row * height, across * width, down * height))


def page_bytes(tile: tuple[int, int]) -> int:
    """Return how much memory a page takes, its tiles being so high and wide."""
    return SIDE * SIDE * tile[0] * tile[1] * 4


def words_of(images: NDArray[np.uint8], tile: tuple[int, int]) -> Words:
    """Bring images (n, H, W, C) to the size of a tile, of which theirs is a multiple. -> (n, height, width)."""
    height, width = tile
    by = max(1, images.shape[1] // height), max(1, images.shape[2] // width)
    small = images[:, :: by[0], :: by[1]][:, :height, :width]
    if small.shape[3] == 1:
        words = small[..., 0].astype(np.uint32)
        words *= np.uint32(0x010101)
        words |= np.uint32(0xFF000000)
        return words
    pixels = np.empty((*small.shape[:3], 4), np.uint8)
    for place, colour in enumerate((2, 1, 0)):  # one after the other: numpy takes thrice as long for all at once
        pixels[..., place] = small[..., colour]
    pixels[..., 3] = 255
    return pixels.view(np.uint32)[..., 0]


def _blocks(there: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Part what is there into few rectangles: their row and column, and how many rows and columns they have."""
    row = 0
    for pattern, same in groupby(map(tuple, there.tolist())):
        down, column = len(list(same)), 0
        for is_there, run in groupby(pattern):
            across = len(list(run))
            if is_there:
                yield row, column, down, across
            column += across
        row += down
