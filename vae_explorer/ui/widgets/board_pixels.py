"""The images of a board, side by side in one picture that can be painted block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from vae_explorer.core.latent.board import Board
from vae_explorer.ui.widgets.pixels import image_of

MUCH_SMALLER = 1.5
"""Pictures are averaged to the size that they are painted in where they are larger by this factor."""


class BoardPixels:
    """What cells of a board show so far: black where nothing is there yet."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._there = np.zeros(len(board), bool)
        self._pixels: NDArray[np.uint8] | None = None
        """(blocks, rows, height, columns, width, channels): each block is a picture by itself."""
        self._pictures: list[QImage] = []
        self._small: dict[int, QImage] = {}
        """By block: its picture at the size at which it was painted last, where that is much smaller."""
        self.reduced_px: float | None = None
        """The size to which images were reduced; None where they are shown in full."""

    @property
    def is_complete(self) -> bool:
        """Whether every cell shows something."""
        return bool(self._there.all())

    @property
    def is_empty(self) -> bool:
        """Whether no cell shows anything."""
        return not self._there.any()

    def takes(self, board: Board) -> bool:
        """Whether another board has the same blocks, so that its images can take the place of these one by one."""
        places = ([block.place for block in one.blocks] for one in (self.board, board))
        return board.block_shape == self.board.block_shape and next(places) == next(places)

    def put(self, numbers: NDArray[np.int64], images: NDArray[np.uint8], wanted_px: float) -> None:
        """Show images (n, H, W, C) in cells, by their numbers; reduced to about `wanted_px` where they are larger."""
        whole = images.shape[1]
        images = reduced(images, wanted_px)
        self.reduced_px = wanted_px if images.shape[1] < whole else None
        pixels = self._room_for(images.shape[1:])
        rows, columns = self.board.block_shape
        blocks, rest = np.divmod(numbers, rows * columns)
        pixels[blocks, rest // columns, :, rest % columns] = images
        self._there[numbers] = True
        for block in np.unique(blocks).tolist():
            self._small.pop(block, None)

    def picture(self, block: int, size: QSize) -> QImage | None:
        """Return a block's picture to be painted in `size` device pixels; None while there is nothing at all."""
        if not self._pictures:
            return None
        picture = self._pictures[block]
        if picture.width() < MUCH_SMALLER * size.width():
            return picture
        # A painter would look at the nearest few pixels alone, which shows patterns that aren't in the images.
        if block not in self._small or self._small[block].size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._small[block] = picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        return self._small[block]

    def _room_for(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the pixels for images (H, W, C); those of another size that are there are brought to this one."""
        rows, columns = self.board.block_shape
        height, width, channels = shape
        old = self._pixels
        if old is not None and (old.shape[2], *old.shape[4:]) == shape:
            return old
        room = np.zeros((len(self.board.blocks), rows, height, columns, width, channels), np.uint8)
        if old is not None and old.shape[-1] == channels:
            down, across = np.arange(height) * old.shape[2] // height, np.arange(width) * old.shape[4] // width
            room[:] = old[:, :, down][:, :, :, :, across]
        self._pixels = room
        self._pictures = [image_of(one.reshape(rows * height, columns * width, channels)) for one in room]
        return room


def reduced(images: NDArray[np.uint8], wanted_px: float) -> NDArray[np.uint8]:
    """Average whole squares of pixels, as long as images (n, H, W, C) stay at least `wanted_px` large."""
    height, width = images.shape[1:3]
    by = max(1, int(min(height, width) / max(wanted_px, 1)))
    if by == 1:
        return images
    cut = images[:, : height // by * by, : width // by * by]
    total = np.full(cut[:, ::by, ::by].shape, by * by // 2, np.uint32)  # which rounds
    for down in range(by):  # several times as fast as a mean over two axes
        for across in range(by):
            total += cut[:, down::by, across::by]
    return np.asarray(total // (by * by), np.uint8)
