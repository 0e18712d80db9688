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


def point_size(count: int) -> float:
    """Diameter in pixels that suits a cloud of `count` points."""
    return float(np.clip(8.4 - np.log10(max(count, 1)), 2.0, 7.0))


def paint_points(painter: QPainter, viewport: Viewport, cloud: Cloud) -> None:
    """Draw the points in sight, those near the plane on top of the far ones, selected ones on top of all."""
    ratio = painter.device().devicePixelRatioF()
    size = point_size(len(cloud.index)) * ratio
    pad = int(size) + 2
    width, height = int(viewport.width * ratio) + 2 * pad, int(viewport.height * ratio) + 2 * pad
    canvas = np.zeros((height, width), np.uint32)
    flat = canvas.ravel()
    places, rows = _in_sight(viewport, cloud, ratio, pad, (width, height))
    for dy, dx, dark, light in _stamp(round(size * 4) / 4):
        flat[places + (dy * width + dx)] = _blend(cloud.table, dark, light)[rows]
    image = QImage(canvas.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-pad / ratio, -pad / ratio), image)


def _in_sight(
    viewport: Viewport, cloud: Cloud, ratio: float, pad: int, size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """Return the flat pixel position of each dot in sight, in the order of drawing, and its row in the table."""
    x0, x1, y0, y1 = viewport.bounds
    rim = pad * viewport.view.units_per_pixel
    found = cloud.index.inside((x0 - rim, x1 + rim, y0 - rim, y1 + rim))
    x, y = np.floor(viewport.to_pixels(cloud.index.xy[found]) * ratio + pad).astype(np.int64).T
    seen = (x >= pad // 2) & (x < size[0] - pad // 2) & (y >= pad // 2) & (y < size[1] - pad // 2)
    places, rows = (y * size[0] + x)[seen], cloud.rows[found[seen]]
    # The last rows are those of points that aren't selected; within each colour the far ones come last.
    rank = np.where(rows < len(cloud.table) - DEPTHS, 2 * DEPTHS, DEPTHS) - rows % DEPTHS
    order = np.argsort(rank, kind="stable")
    return places[order], rows[order]


def _blend(table: NDArray[np.float32], dark: float, light: float) -> NDArray[np.uint32]:
    """Mix a dot's colour (share `light`) with its rim (share `dark`) into premultiplied ARGB words."""
    opacity = table[:, 3] * min(1.0, dark + light)
    words = np.empty((len(table), 4), np.uint8)
    words[:, 3] = np.rint(255 * opacity)
    words[:, :3] = np.rint(255 * table[:, 2::-1] * table[:, 3:] * light)
    return words.view(np.uint32)[:, 0]


@lru_cache(maxsize=8)
def _stamp(size: float) -> tuple[tuple[int, int, float, float], ...]:
    """Return the pixels of an anti-aliased dot: offset y and x, share of the rim, share of the colour; rim first."""
    reach = int(size / 2 + 1.5)
    offsets = np.arange(-reach, reach + 1)
    fine = (np.arange(8) + 0.5) / 8 - 0.5
    y, x = np.meshgrid(offsets, offsets, indexing="ij")
    distance = np.hypot(y[..., None, None] + fine[:, None], x[..., None, None] + fine)
    light = (distance < size / 2 - 0.25).mean(axis=(2, 3))
    dark = RIM * ((distance < size / 2 + 0.75).mean(axis=(2, 3)) - light)
    used = light + dark > 0.08
    order = np.argsort(light[used], kind="stable")
    table = np.stack([y[used], x[used], dark[used], light[used]], axis=1)[order]
    return tuple((int(dy), int(dx), float(d), float(c)) for dy, dx, d, c in table)
