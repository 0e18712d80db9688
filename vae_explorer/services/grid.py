"""Boards of decoded images: they follow knobs and training, and are kept as pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.captions import Words, board_layout, captions_of
from vae_explorer.core.latent.board import Board
from vae_explorer.core.picture import captioned, mosaic, write_png
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.mosaic import MosaicService, Tiles
from vae_explorer.services.task import Job, TaskThread

SHARP_SIDE = 480
"""Pixels: where a picture's mosaic would be smaller, its pixels are enlarged, so that the words don't dwarf it."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Some cells of a board."""

    page: object
    """As it was handed to `ask`."""
    numbers: NDArray[np.int64]
    """(n,) of the cells, as the board counts them."""
    pixels: NDArray[np.uint8]
    """(n, H, W, C), which nobody writes to."""
    is_complete: bool
    """Whether all cells are now those that were asked for last."""


@dataclass(frozen=True, eq=False)
class _Asked:
    page: object
    order: NDArray[np.int64]
    """Numbers of the cells, in the order in which they are decoded."""


class GridService(QObject):
    """Decodes all cells of one board at a time. Belongs to the main thread.

    Cells that were decoded longest ago come first, so that all follow a knob that doesn't rest.
    """

    decoded = Signal(object)
    """`Cells`; of an older request too, where it was for the same page."""
    outdated = Signal()
    """All cells are to be asked for anew: other weights decode now."""
    saved = Signal(str)
    """A picture is in this file."""
    failed = Signal(str)

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tiles = MosaicService(decoding, self, Lane.GRID)
        self._files: TaskThread | None = None
        self._page: object = None
        self._stamps: NDArray[np.int64] = np.zeros(0, np.int64)
        """(cells,) the number of the request that each was decoded for; 0: none yet."""
        self._pixels: NDArray[np.uint8] | None = None
        self._epoch = 0
        self._when_complete: Callable[[NDArray[np.uint8]], None] | None = None
        self._tiles.decoded.connect(self._on_tiles)
        self._tiles.outdated.connect(self.outdated)
        decoding.given_up.connect(self._on_given_up)

    @property
    def is_complete(self) -> bool:
        """Whether all cells are those that were asked for last."""
        return bool(len(self._stamps)) and bool((self._stamps == self._epoch).all())

    def ask(self, page: object, codes: NDArray[np.float32]) -> None:
        """Decode the cells at `codes` (n, D). For the same `page` (and n) it takes over the cells that are there."""
        if page != self._page or len(codes) != len(self._stamps):
            self._page, self._stamps, self._pixels = page, np.zeros(len(codes), np.int64), None
            self._when_complete = None
        self._epoch += 1
        order = np.argsort(self._stamps, kind="stable")
        self._tiles.request(_Asked(page, order), codes[order], self._epoch)

    def save(self, board: Board, words: Words, path: Path) -> None:
        """Write the cells, which are those of `board`, as a picture with its axes named; `saved` or `failed` answers.

        Where not all of them are there yet, it waits for them.
        """

        def draw(pixels: NDArray[np.uint8]) -> None:
            job = Job(lambda: _save(board, words, pixels, path), self.saved.emit, self.failed.emit, is_saving=True)
            self._thread().submit(job)

        self._when_complete = draw
        self._finish()

    def weights_changed(self, *, sparing: bool) -> None:
        """Take note of new weights. `sparing`: many follow each other, so what is under way is finished first."""
        self._tiles.weights_changed(sparing=sparing)

    def give_way(self, seconds: float) -> None:
        """Follow no training for so long."""
        self._tiles.give_way(seconds)

    def close(self) -> None:
        """Ask for nothing more; what is being saved is finished."""
        self._tiles.close()
        if self._files is not None:
            self._files.close()

    def _thread(self) -> TaskThread:
        if self._files is None:
            self._files = TaskThread("pictures", self)
        return self._files

    def _on_tiles(self, tiles: Tiles) -> None:
        asked = tiles.request
        if not isinstance(asked, _Asked) or asked.page != self._page or len(asked.order) != len(self._stamps):
            return
        numbers = asked.order[tiles.first : tiles.first + len(tiles.pixels)]
        if self._pixels is None or self._pixels.shape[1:] != tiles.pixels.shape[1:]:
            self._pixels = np.zeros((len(self._stamps), *tiles.pixels.shape[1:]), np.uint8)
        self._pixels[numbers] = tiles.pixels
        self._stamps[numbers] = tiles.epoch
        self.decoded.emit(Cells(asked.page, numbers, tiles.pixels, self.is_complete))
        self._finish()

    def _on_given_up(self, _request: int) -> None:
        """Keep no picture later on that the person was told can't be had."""
        self._when_complete = None

    def _finish(self) -> None:
        if self._when_complete is not None and self._pixels is not None and self.is_complete:
            draw, self._when_complete = self._when_complete, None
            draw(self._pixels.copy())


def _save(board: Board, words: Words, images: NDArray[np.uint8], path: Path) -> str:
    """Run on a thread. Raises UserError."""
    side = images.shape[1]
    natural = max(board_layout(board, side).size)
    layout = board_layout(board, side * max(1, -(-SHARP_SIDE // round(natural))))
    write_png(path, captioned(mosaic(layout, images), captions_of(layout, words)))
    return str(path)
