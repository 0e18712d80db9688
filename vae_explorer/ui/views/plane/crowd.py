"""Points too many to be told apart, as a density: the more lie on a pixel, the more of its mosaic they hide."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from vae_explorer.core.latent.point_index import Box
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.viewport import Viewport

LEAST: Final = 60_000
"""Points in sight from which they are drawn as a density."""

_SHARE: Final = 0.3
"""Of what lies under it, a single point hides so much on each of its pixels."""

_MOST_SPREAD: Final = 300_000
"""Of fewer points each covers two by two pixels: a single one would be lost among the mosaic. More are dense enough."""

_BAND: Final = 32
"""Rows that are worked on together: so many stay in the processor's cache."""

_RIM: Final = 2
"""Pixels around the picture: what lies beyond it is put there, and not shown."""

Floats = NDArray[np.float32]


def is_crowded(viewport: Viewport, cloud: Cloud) -> bool:
    """Whether points in sight do better as a density."""
    return cloud.index.has_at_least(LEAST, viewport.bounds)


def paint_crowd(painter: QPainter, viewport: Viewport, cloud: Cloud) -> None:
    """Draw every point that is switched on and in sight; where several lie, in the mean of their colours."""
    ratio = painter.device().devicePixelRatioF()
    width, height = (int(side * ratio) + 2 * _RIM for side in (viewport.width, viewport.height))
    pixel = viewport.view.units_per_pixel / ratio
    spread = 2 if len(cloud.index) < _MOST_SPREAD else 1
    sums, words = _canvas(height, width)
    sums.fill(0)
    for xy, looks, counts in cloud.in_sight(_with_rim(viewport.bounds, _RIM * pixel), pixel):
        pixels = viewport.to_pixels(xy) * np.float32(ratio) + np.float32(_RIM)
        x, y = (np.clip(pixels[:, axis], 0, side - 2).astype(np.int32) for axis, side in ((0, width), (1, height)))
        _add(sums, x, y, looks, counts, spread)
    _tone(sums, words)
    image = QImage(words.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-_RIM / ratio, -_RIM / ratio), image)


def _with_rim(box: Box, rim: float) -> Box:
    x0, x1, y0, y1 = box
    return x0 - rim, x1 + rim, y0 - rim, y1 + rim


def _add(
    sums: Floats, x: NDArray[np.int32], y: NDArray[np.int32], looks: NDArray[Any], counts: Floats, spread: int
) -> None:
    """Add points' looks (n, 4), times `counts` (n,), to `sums` (H, W, 4), on `spread` × `spread` pixels each.

    A product with a sparse matrix does it in one pass, four times as fast as `np.bincount` channel by channel. Its
    result is no larger than the part of the picture where these points lie.
    """
    from scipy.sparse import csc_array

    left, top = x.min(), y.min()
    width, height = x.max() - left + spread, y.max() - top + spread
    first = (y - top) * width + (x - left)
    offsets = (np.arange(spread, dtype=np.int32)[:, None] * width + np.arange(spread, dtype=np.int32)).ravel()
    covered = first if spread == 1 else (first[:, None] + offsets).ravel()
    ends = np.arange(0, len(covered) + 1, spread**2, dtype=np.int32)
    points = csc_array((np.repeat(counts, spread**2), covered, ends), shape=(height * width, len(x)))
    part = points @ looks.astype(np.float32, copy=False)
    sums[top : top + height, left : left + width] += part.reshape(height, width, 4)


@lru_cache(maxsize=2)
def _canvas(height: int, width: int) -> tuple[Floats, NDArray[np.uint32]]:
    """Return what the sums, (H, W, 4), and the picture, (H, W), are written to.

    It is kept, since memory that is fresh for each frame takes longer than the sums. Only the main thread paints.
    """
    return np.empty((height, width, 4), np.float32), np.empty((height, width), np.uint32)


def _tone(sums: Floats, words: NDArray[np.uint32]) -> None:
    """Turn what is added up on each pixel, (H, W, 4), into premultiplied ARGB words, (H, W)."""
    for top in range(0, len(sums), _BAND):
        band = sums[top : top + _BAND]
        mass = band[..., 3].ravel()
        opacity = 1 - np.exp(np.float32(np.log1p(-_SHARE)) * mass)
        scale = 255 * opacity / np.maximum(mass, np.float32(1e-9))
        # Four equal factors in a row: multiplying by a column takes three times as long.
        levels = np.repeat(scale, 4)
        levels *= band.ravel()
        levels += np.float32(0.5)
        words[top : top + _BAND] = levels.astype(np.uint8).view(np.uint32).reshape(band.shape[:2])
