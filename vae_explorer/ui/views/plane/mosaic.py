"""The background of decoded images: a map of tiles, each decoded at its own centre, as far as one travels."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter

from vae_explorer.services.state import TILE_PX
from vae_explorer.ui.views.plane.lattice import COARSE, Lattice, TileRequest, coarseness
from vae_explorer.ui.views.plane.pages import SIDE, Page, PageKey, Words, page_bytes, words_of
from vae_explorer.ui.views.plane.viewport import Viewport

MOST_BYTES = 64 << 20
"""So much memory the tiles of all places and zooms may take. Those of large images are kept smaller, so that all that
can be in sight takes half of it."""

MARGIN = 2
"""So many tiles beyond each edge are decoded too, after those in sight: they are there when one pans."""

FINEST_BELOW = 4
"""While tiles are missing, those of a lattice up to so many times as fine are shown in their place."""

FIRST_PICTURE_S = 0.02
"""Where tiles are missing, what comes within this time is drawn together, coarse as it is."""


class News(Enum):
    """What tiles that came change in the picture."""

    NONE = auto()
    """Nothing, for now."""
    SOME = auto()
    AWAITED = auto()
    """The first that is seen of what was missing, or the last."""


class Mosaic:
    """Knows which tiles are in sight, which of them are missing or stale, and draws those that are there.

    Tiles that were in sight before are kept, the least recently seen going first, so that panning and zooming back
    finds them. Each change of the plane or of the weights starts a new *epoch*: then only what is in sight is kept, as
    stale. It stays until it is replaced, so nothing flickers; the stalest tiles are asked for first, so that all follow
    a knob that is still moving.

    Of those that are missing every fourth each way is asked for first, then every second one. They are tiles of coarser
    lattices too, and are shown as such until the others come: first a coarse picture of all that is in sight, then
    finer ones, and nothing is decoded twice.
    """

    def __init__(self) -> None:
        self._pages: OrderedDict[PageKey, Page] = OrderedDict()
        """The last ones were seen last."""
        self._lattice: Lattice | None = None
        self._tile = (0, 0)
        self._epoch = self._first_epoch = 0
        self._has_stale = False
        self._missing_since: float | None = None
        """When something in sight was found to be missing, by `time.perf_counter`; None where nothing is."""
        self._is_begun = False
        """Whether anything has been drawn of what has been missing since then."""

    @property
    def complete(self) -> bool:
        """Whether all tiles in sight are there and belong to the plane and weights of now."""
        return self._lattice is not None and bool((self._stamps(self._lattice) == self._epoch).all())

    @property
    def is_blank(self) -> bool:
        """Whether there is no tile at all to be shown of what is in sight."""
        return next(self._shown(), None) is None

    @property
    def epoch(self) -> int:
        """Counts the changes of plane and weights."""
        return self._epoch

    @property
    def nbytes(self) -> int:
        """How much memory the tiles take."""
        return len(self._pages) * page_bytes(self._tile)

    def clear(self) -> None:
        """Forget all tiles: another model decodes now. What was asked of the one before isn't taken in any more."""
        self._pages.clear()
        self._epoch += 1
        self._first_epoch = self._epoch

    def invalidate(self) -> None:
        """Take all tiles for stale, and forget those out of sight: the plane or the weights have changed."""
        self._epoch += 1
        self._has_stale = True
        shown = set(self._shown())
        self._forget(key for key in self._pages if key not in shown)

    def look(
        self, viewport: Viewport, image_shape: tuple[int, int, int], tile_px: float = TILE_PX[1]
    ) -> TileRequest | None:
        """Turn to what is in sight. Returns the tiles to decode, if any. `image_shape` is (H, W, C)."""
        tile = _tile_shape(viewport, image_shape, tile_px)
        if tile != self._tile:
            self._tile = tile
            self._pages.clear()
        lattice = self._lattice = Lattice.covering(viewport, tile_px)
        for key in _keys(lattice):
            if key in self._pages:
                self._pages.move_to_end(key)
        self._note_what_is_missing(lattice)
        return self._missing(lattice)

    def put(self, request: TileRequest, first: int, images: NDArray[np.uint8], epoch: int) -> News:
        """Take decoded tiles in, (n, H, W, C). Returns whether there is now something new to draw."""
        lattice = self._lattice
        if lattice is None or epoch < self._first_epoch:
            return News.NONE
        tiles = request.tiles[first : first + len(images)]
        seen = _show_in(lattice, tiles, coarsely=self._missing_since is not None) & (request.step == lattice.step)
        if epoch != self._epoch:  # what is stale is better than nothing, but only where it can be seen
            tiles, images = tiles[seen], images[seen]
        words = words_of(images, self._tile)
        self._fill(request.step, tiles, words, epoch)
        was_missing = self._missing_since is not None
        self._note_what_is_missing(lattice)
        if self._missing_since is not None:
            self._fill_coarser(request.step, tiles, words, epoch)
            if lattice.step in {request.step * factor for factor in COARSE}:
                self._note_what_is_missing(lattice)
        if self._has_stale and self.complete:
            self._forget_stale()
        self._trim(lattice)
        is_news = seen.any() or (was_missing and self._missing_since is None)
        return self._news(was_missing=was_missing) if is_news else News.NONE

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the tiles: those of other zooms below, where newer ones are still missing.

        While any is, none are smoothed: that takes five times as long, and no thread decodes meanwhile.
        """
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._missing_since is None)
        for key in self._shown():
            self._pages[key].paint(painter, viewport)

    def _shown(self) -> Iterator[PageKey]:
        """Return the pages in sight, from the lowest to the uppermost."""
        if self._lattice is None:
            return
        if self._lacks_any(self._lattice):
            yield from self._below(self._lattice)
        yield from (key for key in _keys(self._lattice) if key in self._pages)

    def _below(self, lattice: Lattice) -> Iterator[PageKey]:
        """Return the pages of other lattices that show some of what is in sight, coarse ones first."""
        steps = {step for step, *_ in self._pages if lattice.step / FINEST_BELOW <= step != lattice.step}
        for step in sorted(steps, reverse=True):
            ratio = lattice.step / step
            within = Lattice(step, *(round(edge * ratio) for edge in (lattice.i0, lattice.i1, lattice.j0, lattice.j1)))
            yield from (key for key in _keys(within.widened(1)) if key in self._pages)

    def _fill(self, step: float, tiles: NDArray[np.int64], words: Words, epoch: int) -> None:
        """Sort tiles into their pages."""
        columns, rows = (tiles // SIDE).T
        # A number for both: to sort numbers takes a tenth of the time that sorting pairs does.
        _, firsts, which = np.unique((columns << 32) + rows, return_index=True, return_inverse=True)
        for number, first in enumerate(firsts.tolist()):
            key, mine = (step, int(columns[first]), int(rows[first])), which == number
            if key not in self._pages:
                self._pages[key] = Page(key, self._tile)
            self._pages[key].put(tiles[mine], words[mine], epoch)

    def _fill_coarser(self, step: float, tiles: NDArray[np.int64], words: Words, epoch: int) -> None:
        """Sort those that coarser lattices have too into their pages."""
        factors = coarseness(tiles)
        for factor in COARSE:
            if (theirs := factors >= factor).any():
                self._fill(step * factor, tiles[theirs] // factor, words[theirs], epoch)

    def _note_what_is_missing(self, lattice: Lattice) -> None:
        if not self._lacks_any(lattice):
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since, self._is_begun = time.perf_counter(), False

    def _news(self, *, was_missing: bool) -> News:
        """Tell when what came is to be drawn: what one waits for at once, the first picture and the last piece."""
        if self._missing_since is None:
            return News.AWAITED if was_missing else News.SOME
        if self._is_begun:
            return News.SOME
        self._is_begun = time.perf_counter() - self._missing_since >= FIRST_PICTURE_S
        return News.AWAITED if self._is_begun else News.NONE

    def _lacks_any(self, lattice: Lattice) -> bool:
        return bool((self._stamps(lattice) < 0).any())

    def _stamps(self, lattice: Lattice) -> NDArray[np.int64]:
        """Return the epoch of each tile of a lattice, row by row from the top; −1 where it isn't there."""
        columns, rows = _pages_along(lattice.i0, lattice.i1), _pages_along(lattice.j0, lattice.j1)
        table = np.full((len(rows) * SIDE, len(columns) * SIDE), -1, np.int64)
        for (down, row), (across, column) in product(enumerate(reversed(rows)), enumerate(columns)):
            if page := self._pages.get((lattice.step, column, row)):
                table[down * SIDE :, across * SIDE :][:SIDE, :SIDE] = page.stamps
        top, left = rows.stop * SIDE - lattice.j1, lattice.i0 - columns.start * SIDE
        return table[top:, left:][: lattice.shape[0], : lattice.shape[1]].ravel()

    def _missing(self, lattice: Lattice) -> TileRequest | None:
        """Return what is missing or stale: first what shows in sight, the stalest, then coarse before fine.

        What is equal in all that comes from the middle outwards.
        """
        wide = lattice.widened(MARGIN)
        stamps = self._stamps(wide)
        wanted = stamps != self._epoch
        if not wanted.any():
            return None
        stamps, tiles = stamps[wanted], wide.tiles()[wanted]
        coarsely = self._missing_since is not None
        factors = np.where(stamps < 0, coarseness(tiles), 1)
        distance = np.linalg.norm(tiles - np.array(lattice.middle), axis=1)
        shows = _show_in(lattice, tiles, coarsely=coarsely)
        order = np.lexsort((distance, -factors, stamps, ~shows))
        return TileRequest(lattice.step, tiles[order], int(shows.sum()))

    def _forget(self, keys: Iterable[PageKey]) -> None:
        for key in tuple(keys):
            del self._pages[key]

    def _forget_stale(self) -> None:
        """Keep nothing of older epochs, now that it has been replaced where it was in sight."""
        self._has_stale = False
        for page in self._pages.values():
            page.keep(self._epoch)
        self._forget(key for key, page in self._pages.items() if page.stamps.max() < 0)

    def _trim(self, lattice: Lattice) -> None:
        """Forget the pages that weren't seen for longest until the rest is small enough."""
        spare = len(self._pages) - MOST_BYTES // page_bytes(self._tile)
        if spare > 0:
            kept = set(_keys(lattice.widened(MARGIN)))
            self._forget([key for key in self._pages if key not in kept][:spare])


def _show_in(lattice: Lattice, tiles: NDArray[np.int64], *, coarsely: bool) -> NDArray[np.bool_]:
    """Whether some of each tile (n, 2) is in sight. `coarsely`: where it stands for those around it too. -> (n,)."""
    reach = coarseness(tiles) // 2 if coarsely else 0
    return np.asarray(lattice.beyond(tiles) <= reach)


def _pages_along(first: int, end: int) -> range:
    """Return the numbers of the pages that hold the tiles from `first` to before `end`."""
    return range(first // SIDE, (end - 1) // SIDE + 1)


def _keys(lattice: Lattice) -> list[PageKey]:
    columns, rows = _pages_along(lattice.i0, lattice.i1), _pages_along(lattice.j0, lattice.j1)
    return [(lattice.step, column, row) for row, column in product(rows, columns)]


def _tile_shape(viewport: Viewport, image_shape: tuple[int, int, int], tile_px: float) -> tuple[int, int]:
    """Return a tile's height and width in memory: the image's, halved until it isn't larger than need be."""
    height, width, _ = image_shape
    across, down = (length / tile_px / SIDE + 2 for length in (viewport.width, viewport.height))
    while height >= 4 * tile_px or across * down * page_bytes((height, width)) > MOST_BYTES / 2:
        height, width = height // 2, width // 2
    return height, width
