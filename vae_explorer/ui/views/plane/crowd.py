"""Points too many to be told apart, as a density: the more lie on a pixel, the more of its mosaic they hide."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from vae_explorer.core.latent.point_index import Box
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.viewport import Viewport

_STAMPS: Final = {
    1: ((0, 0),),
    2: ((0, 0), (0, 1), (1, 0), (1, 1)),
    3: ((0, 1), (1, 0), (1, 1), (1, 2), (2, 1)),
}
"""The pixels that a point covers, as rows and columns. Of three by three a cross looks round."""

_RIM: Final = 3
"""Pixels around the picture: what lies beyond it is put there, and not shown."""

_BLUE_GREEN, _RED_OPACITY = 0, 1
"""Two sums share a complex number, since numpy adds these at scattered places as fast as single ones."""

Floats = NDArray[np.float32]
Pairs = NDArray[np.complex64]


def paint_crowd(painter: QPainter, viewport: Viewport, cloud: Cloud, spread: int, share: float) -> None:
    """Draw every point that is switched on and in sight; where several lie, in the mean of their colours.

    Each covers `spread` by `spread` pixels, of three by three the cross; it hides `share` of what lies under it.
    """
    ratio = painter.device().devicePixelRatioF()
    width, height = (int(side * ratio) + 2 * _RIM for side in (viewport.width, viewport.height))
    pixel = viewport.view.units_per_pixel / ratio
    offsets = [down * width + across for down, across in _STAMPS[spread]]
    sums, words = _canvas(height * width)
    sums.fill(0)
    for xy, looks in cloud.in_sight(_with_rim(viewport.bounds, _RIM * pixel), pixel):
        pixels = viewport.to_pixels(xy) * np.float32(ratio) + np.float32(_RIM - (spread - 1) // 2)
        x, y = (np.clip(pixels[:, axis], 0, side - _RIM).astype(np.intp) for axis, side in ((0, width), (1, height)))
        _add(sums, y * width + x, offsets, looks)
    _tone(sums, words, share)
    image = QImage(words.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-_RIM / ratio, -_RIM / ratio), image)


def _with_rim(box: Box, rim: float) -> Box:
    x0, x1, y0, y1 = box
    return x0 - rim, x1 + rim, y0 - rim, y1 + rim


def _add(sums: Pairs, places: NDArray[np.intp], offsets: list[int], looks: Floats) -> None:
    """Add points' looks (n, 4) to `sums` (2, H·W), at the pixels `places` (n,) and those so far behind them."""
    for plane, pairs in zip(sums, looks.view(np.complex64).T, strict=True):
        values = np.ascontiguousarray(pairs)
        for offset in offsets:
            np.add.at(plane[offset:], places, values)


@lru_cache(maxsize=2)
def _canvas(pixels: int) -> tuple[Pairs, NDArray[np.uint32]]:
    """Return what the sums, (2, pixels), and the picture, (pixels,), are written to.

    It is kept, since memory that is fresh for each frame takes longer than the sums. Only the main thread paints.
    """
    return np.empty((2, pixels), np.complex64), np.empty(pixels, np.uint32)


def _tone(sums: Pairs, words: NDArray[np.uint32], share: float) -> None:
    """Turn what is added up on each pixel, (2, n), into premultiplied ARGB words, (n,). Most pixels are empty."""
    taken = np.flatnonzero(sums[_RED_OPACITY].view(np.uint64) != 0)  # all bits of a sum of nothing are 0
    pairs = [np.take(plane, taken) for plane in sums]
    mass = pairs[_RED_OPACITY].imag
    opacity = 1 - np.exp(np.float32(np.log1p(-share)) * mass)
    scale = np.repeat(255 * opacity / mass, 2)
    levels = np.empty((len(taken), 2), np.uint16)
    for half, pair in enumerate(pairs):
        values = pair.view(np.float32) * scale
        values += np.float32(0.5)
        levels[:, half] = values.astype(np.uint8).view(np.uint16)
    words.fill(0)
    words[taken] = levels.view(np.uint32)[:, 0]
