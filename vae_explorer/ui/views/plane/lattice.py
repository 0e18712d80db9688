"""Where the tiles of the map lie: on a lattice of the plane, finer the further one zooms in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.ui.views.plane.viewport import Viewport

COARSE = (4, 2)
"""Every fourth tile, and every second one, lie on coarser lattices too: there they stand for those around them."""


@dataclass(frozen=True)
class Lattice:
    """Tiles in sight: columns i0…i1−1 and rows j0…j1−1. Tile (i, j) lies at (i, j)·step."""

    step: float
    i0: int
    i1: int
    j0: int
    j1: int

    @classmethod
    def covering(cls, viewport: Viewport, tile_px: float) -> Lattice:
        """Return the lattice whose tiles are at least `tile_px` large on screen, and less than twice that.

        Its spacing is a power of two, so that tiles keep their places as one pans, and return as one zooms back.
        """
        step = float(2.0 ** np.ceil(np.log2(tile_px * viewport.view.units_per_pixel)))
        x0, x1, y0, y1 = viewport.bounds
        low = np.floor(np.array([x0, y0]) / step + 0.5).astype(int)
        high = np.floor(np.array([x1, y1]) / step + 0.5).astype(int) + 1
        return cls(step, int(low[0]), int(high[0]), int(low[1]), int(high[1]))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.j1 - self.j0, self.i1 - self.i0

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of all tiles, as a column and a row."""
        return (self.i0 + self.i1 - 1) / 2, (self.j0 + self.j1 - 1) / 2

    def widened(self, tiles: int) -> Lattice:
        """Return the lattice with so many tiles more on every side."""
        return Lattice(self.step, self.i0 - tiles, self.i1 + tiles, self.j0 - tiles, self.j1 + tiles)

    def tiles(self) -> NDArray[np.int64]:
        """Columns and rows (i, j) of all tiles, row by row from the top. -> (rows·columns, 2)."""
        i, j = np.meshgrid(np.arange(self.i0, self.i1), np.arange(self.j1 - 1, self.j0 - 1, -1))
        return np.stack([i, j], -1).reshape(-1, 2)

    def contains(self, tiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether tiles (n, 2) of the same spacing are among these. -> (n,)."""
        return np.asarray(self.beyond(tiles) == 0)

    def beyond(self, tiles: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many tiles beyond the nearest edge tiles (n, 2) of the same spacing lie; 0 for these. -> (n,)."""
        low, high = np.array([self.i0, self.j0]), np.array([self.i1 - 1, self.j1 - 1])
        return np.asarray(np.maximum(low - tiles, tiles - high).max(axis=1).clip(min=0))


def coarseness(tiles: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell how many times as coarse a lattice may be that has tiles (n, 2) in it too: one of COARSE, or 1. -> (n,)."""
    factors = np.ones(len(tiles), np.int64)
    for factor in sorted(COARSE):
        factors[(tiles % factor == 0).all(axis=1)] = factor
    return factors


@dataclass(frozen=True, eq=False)
class TileRequest:
    """Tiles to decode: `tiles` (n, 2) are columns and rows (i, j) of a lattice of spacing `step`."""

    step: float
    tiles: NDArray[np.int64]
    in_sight: int = 0
    """So many of the first show in sight; the others are there when one pans."""

    @property
    def xy(self) -> NDArray[np.float32]:
        """The centres of the tiles in the plane. -> (n, 2)."""
        return (self.tiles * self.step).astype(np.float32)
