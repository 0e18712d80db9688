"""Points too many to be told apart, as a density: the more lie on a pixel, the more of its mosaic they hide."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.points import OPACITY
from vae_explorer.ui.views.plane.scene import Cloud, Colouring
from vae_explorer.ui.views.plane.viewport import Viewport

LEAST: Final = 60_000
"""Points in sight from which they are drawn as a density."""

_SHARE: Final = 0.3
"""Of what lies under it, a single point hides so much on each of its pixels."""

_SPREAD: Final = ((0, 0), (0, 1), (1, 0), (1, 1))
"""A point covers so many pixels: a single one would be lost among the mosaic."""

_MOST_SPREAD: Final = 300_000
"""Of more points in all each covers but one pixel: they are dense enough, and it takes a fourth of the time."""

Floats = NDArray[np.float32]


def is_crowded(viewport: Viewport, cloud: Cloud) -> bool:
    """Whether points in sight do better as a density."""
    if len(cloud.xy) < LEAST:
        return False
    x, y = viewport.to_pixels(cloud.xy).T
    inside = cloud.shown & (x >= 0) & (x < viewport.width) & (y >= 0) & (y < viewport.height)
    return int(inside.sum()) >= LEAST


def paint_crowd(painter: QPainter, viewport: Viewport, cloud: Cloud, colours: Colouring) -> None:
    """Draw every point that is switched on and in sight; where several lie, in the mean of their colours."""
    ratio = painter.device().devicePixelRatioF()
    pad = 2
    width, height = int(viewport.width * ratio) + 2 * pad, int(viewport.height * ratio) + 2 * pad
    words = np.zeros((height * width, 4), np.uint8)
    covered, colour, mass = _covered(viewport, cloud, colours, ratio, (height, width), pad)
    opacity = -np.expm1(np.float32(np.log1p(-_SHARE)) * mass)
    words[covered, 3] = np.rint(255 * opacity)
    words[covered, :3] = np.rint(255 * colour * opacity[:, None])
    image = QImage(words.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-pad / ratio, -pad / ratio), image)


def _covered(
    viewport: Viewport, cloud: Cloud, colours: Colouring, ratio: float, size: tuple[int, int], pad: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Find the pixels that points lie on: their numbers (n,), their mean blue, green and red (n, 3), and how many.

    A point that is far from the plane counts less.
    """
    height, width = size
    x, y = np.floor(viewport.to_pixels(cloud.xy) * ratio + pad).astype(np.int64).T
    seen = np.flatnonzero(cloud.shown & (x >= 0) & (x < width - 1) & (y >= 0) & (y < height - 1))
    spread = _SPREAD if len(cloud.xy) < _MOST_SPREAD else ((0, 0),)
    places = np.concatenate([(y[seen] + dy) * width + x[seen] + dx for dy, dx in spread])
    palette = np.array([(c.blueF(), c.greenF(), c.redF()) for c in (*colours.palette, QColor(theme.FAINT))])
    kinds = cloud.colours[seen]
    if cloud.selected is not None:
        kinds = np.where(cloud.selected[seen], kinds, len(palette) - 1)
    opacity = np.array(OPACITY)[cloud.depth[seen]]
    mass = np.bincount(places, np.tile(opacity, len(spread)), height * width)
    covered = np.flatnonzero(mass)
    channels = [
        np.bincount(places, np.tile(palette[kinds, channel] * opacity, len(spread)), height * width)[covered]
        for channel in range(3)
    ]
    mean = np.stack(channels, axis=1) / mass[covered, None]
    return covered, mean.astype(np.float32), mass[covered].astype(np.float32)
