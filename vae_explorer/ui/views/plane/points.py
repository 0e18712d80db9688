"""The images' codes as coloured dots, stamped into a picture by numpy: QPainter takes four times as long."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scene import DEPTHS, Cloud, Colouring
from vae_explorer.ui.views.plane.viewport import Viewport

OPACITY = (1.0, 0.5, 0.18)
"""By depth: points far from the plane fade."""

_UNSELECTED = -1
"""Stands for the colour of points that aren't selected while others are."""

RIM = 0.6
"""Opacity of the dark rim that sets a dot off from the mosaic."""


def point_size(count: int) -> float:
    """Diameter in pixels that suits a cloud of `count` points."""
    return float(np.clip(8.4 - np.log10(max(count, 1)), 2.0, 7.0))


def paint_points(painter: QPainter, viewport: Viewport, points: Cloud, colours: Colouring) -> None:
    """Draw the points that are switched on and in sight, those near the plane on top."""
    ratio = painter.device().devicePixelRatioF()
    size = point_size(len(points.xy)) * ratio
    pad = int(size) + 2
    width, height = int(viewport.width * ratio) + 2 * pad, int(viewport.height * ratio) + 2 * pad
    canvas = np.zeros((height, width), np.uint32)
    table = _colour_table(colours)
    flat = canvas.ravel()
    for places, kinds in _visible(viewport, points, ratio, pad, (width, height)):
        for dy, dx, dark, light in _stamp(round(size * 4) / 4):
            flat[places + (dy * width + dx)] = _blend(table, dark, light)[kinds]
    image = QImage(canvas.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(-pad / ratio, -pad / ratio), image)


def _visible(
    viewport: Viewport, points: Cloud, ratio: float, pad: int, size: tuple[int, int]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the flat pixel position of each dot in sight, far ones first, and its row in the colour table.

    Where some are selected they come by themselves, to be drawn over the others, and none of them fades.
    """
    pixels = np.floor(viewport.to_pixels(points.xy) * ratio + pad).astype(np.int64)
    x, y = pixels[:, 0], pixels[:, 1]
    seen = points.shown & (x >= pad // 2) & (x < size[0] - pad // 2) & (y >= pad // 2) & (y < size[1] - pad // 2)
    indices = np.flatnonzero(seen)
    depth = points.depth[indices]
    if depth.any():
        indices = indices[np.argsort(-depth, kind="stable")]
    places = y[indices] * size[0] + x[indices]
    colours, depth = points.colours[indices], points.depth[indices]
    if points.selected is None:
        return [(places, colours * DEPTHS + depth)]
    selected = points.selected[indices]
    others = ~selected
    return [
        (places[others], _UNSELECTED * DEPTHS + depth[others].astype(np.int64)),
        (places[selected], colours[selected] * DEPTHS),
    ]


@lru_cache(maxsize=2)
def _colour_table(colours: Colouring) -> NDArray[np.float32]:
    """Return red, green, blue and opacity in [0, 1] for each colour and depth. -> ((colours + 1)·DEPTHS, 4)."""
    # The last rows are those of the points that aren't selected: their colour is −1.
    rows = [
        (colour.redF(), colour.greenF(), colour.blueF(), opacity)
        for colour in (*colours.palette, QColor(theme.FAINT))
        for opacity in OPACITY
    ]
    return np.array(rows, np.float32)


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


class PickIndex:
    """Finds the point under the cursor. Holds the pixel positions of the points that are in sight and switched on."""

    def __init__(self, viewport: Viewport, points: Cloud) -> None:
        pixels = viewport.to_pixels(points.xy)
        x, y = pixels[:, 0], pixels[:, 1]
        inside = (x >= 0) & (x < viewport.width) & (y >= 0) & (y < viewport.height)
        self._indices = np.flatnonzero(points.shown & inside)
        self._pixels = pixels[self._indices]

    def nearest(self, x: float, y: float, radius: float) -> int | None:
        """Index of the image nearest to the pixel (x, y), if it lies within `radius` pixels."""
        if not len(self._indices):
            return None
        offset = self._pixels - np.array([x, y], np.float32)
        squared = np.einsum("ij,ij->i", offset, offset)
        best = int(squared.argmin())
        return int(self._indices[best]) if squared[best] <= radius * radius else None
