"""The background of decoded images: tiles on a lattice of the plane, each decoded at its own centre."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from vae_explorer.ui.views.plane.viewport import Viewport
from vae_explorer.ui.widgets.pixels import image_of

TILE_PX = 32
"""Tiles are this large on screen, up to just less than twice as large."""

MAX_ATLAS_BYTES = 64 << 20
"""For large images tiles are kept at a part of their resolution, so that the atlas stays within this."""


@dataclass(frozen=True)
class Lattice:
    """Tiles in sight: columns i0…i1−1 and rows j0…j1−1. Tile (i, j) lies at (i, j)·step."""

    step: float
    i0: int
    i1: int
    j0: int
    j1: int

    @classmethod
    def covering(cls, viewport: Viewport) -> Lattice:
        """Return the lattice whose tiles suit the zoom: its spacing is a power of two."""
        step = float(2.0 ** np.ceil(np.log2(TILE_PX * viewport.view.units_per_pixel)))
        x0, x1, y0, y1 = viewport.bounds
        low = np.floor(np.array([x0, y0]) / step + 0.5).astype(int)
        high = np.floor(np.array([x1, y1]) / step + 0.5).astype(int) + 1
        return cls(step, int(low[0]), int(high[0]), int(low[1]), int(high[1]))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.j1 - self.j0, self.i1 - self.i0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part of the plane that the tiles cover: x from, x to, y from, y to."""
        half = self.step / 2
        return (
            self.i0 * self.step - half, self.i1 * self.step - half,
            self.j0 * self.step - half, self.j1 * self.step - half,
        )  # fmt: skip

    def centres(self) -> NDArray[np.float32]:
        """Plane coordinates of all tiles, row by row from the top. -> (rows·columns, 2)."""
        x = np.arange(self.i0, self.i1) * self.step
        y = np.arange(self.j1 - 1, self.j0 - 1, -1) * self.step
        return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)


@dataclass(frozen=True, eq=False)
class TileRequest:
    """Tiles to decode: `tiles` (n,) are numbers in the lattice, row by row from the top; `xy` (n, 2) their centres."""

    lattice: Lattice
    tiles: NDArray[np.int64]
    xy: NDArray[np.float32]


@dataclass(eq=False)
class Atlas:
    """The tiles of one lattice, side by side in one picture."""

    lattice: Lattice
    tile: tuple[int, int, int]
    """Height, width and channels of a tile in the picture."""
    pixels: NDArray[np.uint8] = field(init=False)
    stamps: NDArray[np.int64] = field(init=False)
    """For each tile the number of the epoch (see Mosaic) it was decoded in; −1: not yet."""

    def __post_init__(self) -> None:
        rows, columns = self.lattice.shape
        height, width, channels = self.tile
        self.pixels = np.zeros((rows * height, columns * width, channels), np.uint8)
        self.stamps = np.full(rows * columns, -1, np.int64)

    def grid(self) -> NDArray[np.uint8]:
        """View the picture as (rows, columns, height, width, channels)."""
        rows, columns = self.lattice.shape
        height, width, channels = self.tile
        return self.pixels.reshape(rows, height, columns, width, channels).swapaxes(1, 2)

    def put(self, tiles: NDArray[np.int64], images: NDArray[np.uint8], stamp: int) -> None:
        """Fill tiles in. `images` is (n, H, W, C), a whole multiple of the tile's size or just it."""
        height, width, _ = self.tile
        by = max(1, images.shape[1] // height), max(1, images.shape[2] // width)
        rows, columns = np.divmod(tiles, self.lattice.shape[1])
        self.grid()[rows, columns] = images[:, :: by[0], :: by[1]][:, :height, :width]
        self.stamps[tiles] = stamp

    def take_over(self, older: Atlas) -> None:
        """Copy the tiles that both have."""
        mine, theirs = self.lattice, older.lattice
        if older.tile != self.tile or theirs.step != mine.step:
            return
        i0, i1 = max(mine.i0, theirs.i0), min(mine.i1, theirs.i1)
        j0, j1 = max(mine.j0, theirs.j0), min(mine.j1, theirs.j1)
        if i0 >= i1 or j0 >= j1:
            return
        here = np.s_[mine.j1 - j1 : mine.j1 - j0, i0 - mine.i0 : i1 - mine.i0]
        there = np.s_[theirs.j1 - j1 : theirs.j1 - j0, i0 - theirs.i0 : i1 - theirs.i0]
        self.grid()[here] = older.grid()[there]
        self.stamps.reshape(mine.shape)[here] = older.stamps.reshape(theirs.shape)[there]


class Mosaic:
    """Knows which tiles are in sight, which of them are missing or stale, and draws those that are there.

    Each change of the plane or of the weights starts a new *epoch*: tiles of older epochs are stale. They stay in sight
    until they are replaced, so nothing flickers; the stalest are asked for first, so that all follow a knob that is
    still moving.
    """

    def __init__(self) -> None:
        self._atlas: Atlas | None = None
        self._under: Atlas | None = None
        self._epoch = 0

    @property
    def complete(self) -> bool:
        """Whether all tiles in sight are there and belong to the plane and weights of now."""
        return self._atlas is not None and bool((self._atlas.stamps == self._epoch).all())

    def clear(self) -> None:
        """Forget all tiles: another model decodes now."""
        self._atlas = self._under = None
        self._epoch += 1

    def invalidate(self) -> None:
        """Take all tiles for stale: the plane or the weights have changed."""
        self._epoch += 1

    def look(self, viewport: Viewport, image_shape: tuple[int, int, int]) -> TileRequest | None:
        """Turn to what is in sight. Returns the tiles to decode, if any. `image_shape` is (H, W, C)."""
        lattice = Lattice.covering(viewport)
        if self._atlas is None or self._atlas.lattice != lattice:
            self._turn_to(lattice, image_shape)
        assert self._atlas is not None  # noqa: S101  # for the type checker: _turn_to made it
        return self._missing(self._atlas)

    def put(self, request: TileRequest, first: int, images: NDArray[np.uint8], epoch: int) -> bool:
        """Take decoded tiles in, (n, H, W, C). Returns False where they are no longer in sight."""
        if self._atlas is None or self._atlas.lattice != request.lattice:
            return False
        self._atlas.put(request.tiles[first : first + len(images)], images, epoch)
        if (self._atlas.stamps >= 0).all():
            self._under = None
        return True

    @property
    def epoch(self) -> int:
        """Counts the changes of plane and weights."""
        return self._epoch

    def paint(self, painter: QPainter, viewport: Viewport, *, smooth: bool) -> None:
        """Draw the tiles: those of an earlier zoom below, where newer ones are still missing."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        for atlas in (self._under, self._atlas):
            if atlas is not None:
                _paint_atlas(painter, viewport, atlas)

    def _turn_to(self, lattice: Lattice, image_shape: tuple[int, int, int]) -> None:
        older = self._atlas
        self._atlas = Atlas(lattice, _tile_shape(lattice, image_shape))
        if older is None:
            return
        self._atlas.take_over(older)
        if older.lattice.step != lattice.step and (older.stamps >= 0).any():
            self._under = older

    def _missing(self, atlas: Atlas) -> TileRequest | None:
        tiles = np.flatnonzero(atlas.stamps != self._epoch)
        if not len(tiles):
            return None
        centres = atlas.lattice.centres()
        middle = centres.mean(axis=0)
        order = np.lexsort((np.linalg.norm(centres[tiles] - middle, axis=1), atlas.stamps[tiles]))
        tiles = tiles[order]
        return TileRequest(atlas.lattice, tiles, centres[tiles])


def _tile_shape(lattice: Lattice, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the tile's size in the atlas: the image's, halved until a tile or the atlas isn't larger than need be."""
    height, width, channels = image_shape
    rows, columns = lattice.shape
    while height >= 4 * TILE_PX or rows * columns * height * width * channels > MAX_ATLAS_BYTES:
        height, width = height // 2, width // 2
    return height, width, channels


def _paint_atlas(painter: QPainter, viewport: Viewport, atlas: Atlas) -> None:
    """Draw an atlas in one go, or tile by tile while some are missing."""
    target = viewport.rect(*atlas.lattice.box)
    picture = image_of(atlas.pixels)
    there = atlas.stamps >= 0
    if there.all():
        painter.drawImage(target, picture)
        return
    height, width, _ = atlas.tile
    rows, columns = atlas.lattice.shape
    size_x, size_y = target.width() / columns, target.height() / rows
    for tile in np.flatnonzero(there):
        row, column = divmod(int(tile), columns)
        part = QRectF(target.x() + column * size_x, target.y() + row * size_y, size_x, size_y)
        painter.drawImage(part, picture, QRectF(column * width, row * height, width, height))
