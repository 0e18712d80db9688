"""Darkens the plane where no image's code is near: what is decoded there is the decoder's invention."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.viewport import Viewport

CELL_PX = 28
"""About how large the cells are at whose centres the support is asked for."""

OPACITY = 0.78
"""Of the fog where there is no support at all."""


@dataclass(frozen=True, eq=False)
class FogRequest:
    """Cells across the view and some way beyond. `xy` (rows·columns, 2) are their centres, row by row from the top."""

    box: tuple[float, float, float, float]
    shape: tuple[int, int]
    xy: NDArray[np.float32]

    @classmethod
    def covering(cls, viewport: Viewport) -> FogRequest:
        """Cover the view, and an eighth more on each side, so that panning doesn't show an edge at once."""
        x0, x1, y0, y1 = viewport.bounds
        dx, dy = (x1 - x0) / 8, (y1 - y0) / 8
        box = (x0 - dx, x1 + dx, y0 - dy, y1 + dy)
        columns = max(2, round(1.25 * viewport.width / CELL_PX))
        rows = max(2, round(1.25 * viewport.height / CELL_PX))
        x = box[0] + (np.arange(columns) + 0.5) / columns * (box[1] - box[0])
        y = box[3] - (np.arange(rows) + 0.5) / rows * (box[3] - box[2])
        return cls(box, (rows, columns), np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32))


class Fog:
    """The newest answer, drawn where it belongs."""

    def __init__(self) -> None:
        self._box: tuple[float, float, float, float] | None = None
        self._words = np.zeros((1, 1), np.uint32)
        self._awaited: tuple[float, float, float, float] | None = None
        """The part of the plane that was asked for last."""

    def clear(self) -> None:
        """Show none."""
        self._box = self._awaited = None

    def expect(self, request: FogRequest) -> None:
        """Note what is asked for now."""
        self._awaited = request.box

    def suits(self, viewport: Viewport) -> bool:
        """Whether what was asked for reaches beyond what is in sight, in cells of the size that suits the zoom."""
        if self._awaited is None:
            return False
        (left, right, bottom, top), (x0, x1, y0, y1) = self._awaited, viewport.bounds
        same_zoom = math.isclose(right - left, 1.25 * (x1 - x0), rel_tol=1e-6)
        dx, dy = (x1 - x0) / 32, (y1 - y0) / 32
        return same_zoom and left < x0 - dx and x1 + dx < right and bottom < y0 - dy and y1 + dy < top

    def put(self, request: FogRequest, support: NDArray[np.float32]) -> None:
        """Take in the support (rows·columns,) in [0, 1] of a request's cells."""
        ground = QColor(theme.BACKGROUND)
        opacity = OPACITY * (1 - support.reshape(request.shape))
        words = np.empty((*request.shape, 4), np.uint8)
        words[..., 3] = np.rint(255 * opacity)
        for place, level in enumerate((ground.blueF(), ground.greenF(), ground.redF())):
            words[..., place] = np.rint(255 * opacity * level)
        self._words = words.view(np.uint32)[..., 0]
        self._box = request.box

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw it, softly interpolated between the cells."""
        if self._box is None:
            return
        rows, columns = self._words.shape
        image = QImage(self._words.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(viewport.rect(*self._box), image)
