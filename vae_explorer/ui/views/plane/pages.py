"""Decoded tiles, kept in pages of 8 × 8: a page is one picture, drawn in one go once it is full."""

from __future__ import annotations

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
        self._words = np.zeros((SIDE * tile[0], SIDE * tile[1]), np.uint32)  # which is seen through
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
        self._tiles()[places] = words
        self.stamps[places] = stamp

    def keep(self, stamp: int) -> None:
        """Forget all tiles but those of one epoch."""
        rows, columns = np.nonzero((self.stamps >= 0) & (self.stamps != stamp))
        self._tiles()[rows, columns] = 0
        self.stamps[rows, columns] = -1

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the tiles that are there, unless the whole page is out of sight."""
        target = viewport.rect(*self.box)
        if not target.intersects(QRectF(0, 0, viewport.width, viewport.height)):
            return
        # What is seen through is drawn more slowly, but parts of a page more slowly still.
        is_full = bool((self.stamps >= 0).all())
        kind = QImage.Format.Format_RGB32 if is_full else QImage.Format.Format_ARGB32_Premultiplied
        rows, columns = self._words.shape
        painter.drawImage(target, QImage(self._words.data, columns, rows, 4 * columns, kind))

    def _tiles(self) -> Words:
        """View the picture by its tiles, (SIDE, SIDE, height, width)."""
        height, width = self._tile
        return self._words.reshape(SIDE, height, SIDE, width).swapaxes(1, 2)


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
