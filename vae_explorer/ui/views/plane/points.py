"""The images' codes as coloured dots, stamped into a picture by numpy: QPainter takes four times as long."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.scene import DEPTHS
from vae_explorer.ui.views.plane.viewport import Viewport

RIM = 0.6
"""Opacity of the dark rim that sets a dot off from the mosaic."""


def paint_points(painter: QPainter, viewport: Viewport, cloud: Cloud, size_px: float) -> None:
    """Draw the points in sight, those near the plane on top of the far ones, selected ones on top of all."""
    ratio = painter.device().devicePixelRatioF()
    size = round(size_px * ratio * 4) / 4
    reach = _reach(size)
    pad = 2 * reach
    width, height = int(viewport.width * ratio) + 2 * pad, int(viewport.height * ratio) + 2 * pad
    words = _canvas(width * height)
    words.fill(0)
    corners, rows = _in_sight(viewport, cloud, ratio, reach, (width, height))
    for (dark, light), places in _stamp(size).items():
        colours = np.take(_blend(cloud.table, dark, light), rows)
        for down, across in places:
            words[down * width + across :][corners] = colours
    image = QImage(words.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-pad / ratio, -pad / ratio), image)


@lru_cache(maxsize=2)
def _canvas(pixels: int) -> NDArray[np.uint32]:
    """Return what the picture is written to: kept, since fresh memory takes longer. Only the main thread paints."""
    return np.empty(pixels, np.uint32)


def _in_sight(
    viewport: Viewport, cloud: Cloud, ratio: float, reach: int, size: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
    """Return where the stamp's upper left corner comes, in the flat picture, and the row in the table, of each dot.

    They are in the order of drawing. The picture, of this width and height, has a rim of 2 · `reach` pixels.
    """
    x0, x1, y0, y1 = viewport.bounds
    rim = (reach + 1) * viewport.view.units_per_pixel / ratio
    found = cloud.index.inside((x0 - rim, x1 + rim, y0 - rim, y1 + rim))
    pixels = viewport.to_pixels(np.asfortranarray(cloud.index.xy[found])) * np.float32(ratio)
    x, y = (np.floor(pixels[:, axis]).astype(np.intp) + reach for axis in (0, 1))
    seen = (x >= 0) & (x < size[0] - 2 * reach) & (y >= 0) & (y < size[1] - 2 * reach)
    corners, rows = (y * size[0] + x)[seen], cloud.rows[found[seen]]
    # The last rows are those of points that aren't selected; within each colour the far ones come last.
    rank = np.where(rows < len(cloud.table) - DEPTHS, 2 * DEPTHS, DEPTHS) - rows % DEPTHS
    order = np.argsort(rank.astype(np.uint8), kind="stable")  # of small numbers it is a radix sort
    return corners[order], rows[order]


def _blend(table: NDArray[np.float32], dark: float, light: float) -> NDArray[np.uint32]:
    """Mix a dot's colour (share `light`) with its rim (share `dark`) into premultiplied ARGB words."""
    opacity = table[:, 3] * min(1.0, dark + light)
    words = np.empty((len(table), 4), np.uint8)
    words[:, 3] = np.rint(255 * opacity)
    words[:, :3] = np.rint(255 * table[:, 2::-1] * table[:, 3:] * light)
    return words.view(np.uint32)[:, 0]


def _reach(size: float) -> int:
    """Return how many pixels a dot covers, at most, on each side of the one where its middle lies."""
    return int(size / 2 + 1.5)


@lru_cache(maxsize=32)
def _stamp(size: float) -> dict[tuple[float, float], list[tuple[int, int]]]:
    """Return the pixels of an anti-aliased dot, as rows and columns from the stamp's upper left corner.

    They are sorted by the shares of rim and colour on them, pixels of the rim first.
    """
    reach = _reach(size)
    offsets = np.arange(-reach, reach + 1)
    fine = (np.arange(8) + 0.5) / 8 - 0.5
    y, x = np.meshgrid(offsets, offsets, indexing="ij")
    distance = np.hypot(y[..., None, None] + fine[:, None], x[..., None, None] + fine)
    light = (distance < size / 2 - 0.25).mean(axis=(2, 3))
    dark = RIM * ((distance < size / 2 + 0.75).mean(axis=(2, 3)) - light)
    stamp: dict[tuple[float, float], list[tuple[int, int]]] = {}
    for down, across in sorted(np.argwhere(light + dark > 0.08).tolist(), key=lambda place: light[*place]):
        stamp.setdefault((float(dark[down, across]), float(light[down, across])), []).append((down, across))
    return stamp
