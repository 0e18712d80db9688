"""A line that is drawn around points, or a box: which of them lie inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from vae_explorer.core.latent.point_index import PointIndex
from vae_explorer.services.selection import Mode
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.viewport import Viewport

Shape = Literal["lasso", "box"]

PIECE = 1 << 18
"""Points that are looked up together."""

LEAST_PX = 3.0
"""A stroke that is no longer is a click."""


class Stroke:
    """Grows with the mouse. In pixels of the widget."""

    def __init__(self, shape: Shape, mode: Mode, start: QPointF) -> None:
        self.mode = mode
        self._shape = shape
        self._points = [start]

    @property
    def is_click(self) -> bool:
        """Whether it has hardly left the place where it began."""
        box = self.path.boundingRect()
        return max(box.width(), box.height()) < LEAST_PX

    def extend(self, point: QPointF) -> None:
        """Follow the mouse."""
        if self._shape == "box":
            self._points[1:] = [point]
        else:
            self._points.append(point)

    @property
    def path(self) -> QPainterPath:
        """What it encloses."""
        path = QPainterPath()
        if self._shape == "box":
            path.addRect(QRectF(self._points[0], self._points[-1]).normalized())
            return path
        path.moveTo(self._points[0])
        for point in self._points[1:]:
            path.lineTo(point)
        path.closeSubpath()
        return path

    def finder(self, viewport: Viewport, index: PointIndex) -> Callable[[], NDArray[np.int64]]:
        """Return what finds, on any thread, the images (n,) whose points lie inside, as they are seen from `viewport`.

        The outline is filled in a picture that the points are looked up in, so a long lasso costs no more than a box.
        """
        box = viewport.part(self.path.boundingRect().toAlignedRect()).bounds
        filled = _filled(self.path, viewport.width, viewport.height)

        def find() -> NDArray[np.int64]:
            near = index.inside(box)
            pieces = [near[start : start + PIECE] for start in range(0, max(1, len(near)), PIECE)]
            inside = [index.numbers[piece[_held(filled, viewport.to_pixels(index.xy[piece]))]] for piece in pieces]
            return np.concatenate(inside).astype(np.int64)

        return find

    def paint(self, painter: QPainter) -> None:
        """Draw the outline."""
        painter.setPen(QPen(QColor(theme.ACCENT), 1.5, Qt.PenStyle.DashLine))
        fill = QColor(theme.ACCENT)
        fill.setAlpha(30)
        painter.setBrush(fill)
        painter.drawPath(self.path)


def _held(filled: NDArray[np.uint8], pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which points (N, 2) lie where a picture is filled, (N,)."""
    height, width = filled.shape
    x, y = np.floor(pixels).astype(np.int64).T
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    held = np.zeros(len(pixels), bool)
    held[seen] = filled[y[seen], x[seen]] > 127
    return held


def _filled(path: QPainterPath, width: int, height: int) -> NDArray[np.uint8]:
    """Fill a path: 255 inside. -> (height, width)."""
    stride = -(-width // 4) * 4
    canvas = np.zeros((height, stride), np.uint8)
    image = QImage(canvas.data, width, height, stride, QImage.Format.Format_Grayscale8)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawPath(path)
    painter.end()
    return canvas[:, :width]
