"""From the values of a plot to pixels, and how its axes are painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import minus_text
from vae_explorer.ui.widgets.curve_data import Numbers, decimated
from vae_explorer.ui.widgets.ticks import log_ticks, round_ticks

_TICK_EVERY: Final = (72.0, 26.0)
"""Pixels between ticks, at least: along x and along y."""
_STRETCH: Final = 3
"""Pixels: a curve has two points in so many, at most."""
_PIECE: Final = 16
"""Points that are stroked at once."""


@dataclass(frozen=True)
class Axis:
    """What an x axis measures: where it has ticks (from, to, at most so many), and how its values are written."""

    ticks: Callable[[float, float, int], list[float]]
    words: Callable[[float], str]


@dataclass(frozen=True)
class Scale:
    """Ranges of x and y that fill `area`, in pixels."""

    area: QRectF
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    logarithmic: bool

    def across(self, x: Numbers) -> Numbers:
        """Take x (N,) to pixels."""
        low, high = self.x_range
        return self.area.left() + (x - low) / max(high - low, 1e-12) * self.area.width()

    def up(self, y: Numbers) -> Numbers:
        """Take y (N,) to pixels."""
        low, high = self.y_range
        if self.logarithmic:
            y, low, high = np.log(y), np.log(low), np.log(high)
        return self.area.bottom() - (y - low) / max(high - low, 1e-12) * self.area.height()

    def x_at(self, pixel: float) -> float | None:
        """Return the x at a pixel; None outside of the area."""
        share = (pixel - self.area.left()) / max(self.area.width(), 1.0)
        low, high = self.x_range
        return low + share * (high - low) if 0 <= share <= 1 else None

    def point(self, x: float, y: float) -> QPointF:
        """Take one point to pixels."""
        return QPointF(float(self.across(np.array([x]))[0]), float(self.up(np.array([y]))[0]))

    def polylines(self, x: Numbers, y: Numbers) -> Iterator[QPolygonF]:
        """Take a curve, (N,) and (N,), to pixels: no more points than can be told apart, a few at a time.

        Qt strokes a long zigzag of some width twenty times slower than the same zigzag in pieces.
        """
        x, y = decimated(x, y, max(int(self.area.width() / _STRETCH), 1))
        points = [QPointF(*pair) for pair in zip(self.across(x).tolist(), self.up(y).tolist(), strict=True)]
        for start in range(0, len(points) - 1, _PIECE):
            yield QPolygonF(points[start : start + _PIECE + 1])


def beside(area: QRectF, height: float, width: float) -> QRectF:
    """Return the place for a number left of the area; a long one reaches into it rather than lose its first digits."""
    right = max(area.left() - 6, width)
    return QRectF(right - width, height - 10, width, 20)


def paint_axes(painter: QPainter, scale: Scale, axis: Axis) -> None:
    """Paint faint lines across at round values of y, and round values of x below."""
    area = scale.area
    find = log_ticks if scale.logarithmic else round_ticks
    for y in find(*scale.y_range, max(int(area.height() / _TICK_EVERY[1]), 2)):
        height = scale.point(scale.x_range[0], y).y()
        painter.setPen(QColor(theme.RAISED))
        painter.drawLine(QPointF(area.left(), height), QPointF(area.right(), height))
        painter.setPen(QColor(theme.FAINT))
        words = minus_text(f"{y:g}")
        place = beside(area, height, painter.fontMetrics().horizontalAdvance(words))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
    for x in axis.ticks(*scale.x_range, max(int(area.width() / _TICK_EVERY[0]), 2)):
        across = scale.point(x, scale.y_range[0]).x()
        words = axis.words(x)
        width = painter.fontMetrics().horizontalAdvance(words) + 2
        left = min(across - width / 2, area.right() + theme.GRID - width)
        painter.drawText(QRectF(left, area.bottom() + 2, width, 16), Qt.AlignmentFlag.AlignHCenter, words)
