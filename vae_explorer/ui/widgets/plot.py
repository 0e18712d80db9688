"""A small line plot: few words, few lines, and the numbers under the mouse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.curve_data import Numbers, robust_range
from vae_explorer.ui.widgets.plot_scale import Axis, Scale, paint_axes
from vae_explorer.ui.widgets.read_plot import ReadPlot

_DENSE = 200
"""Points from which a curve is drawn thinner: it is noisier, and Qt draws lines of one pixel several times faster."""


@dataclass(frozen=True, eq=False)
class Line:
    """A curve: its name in the readout, (N,) x ascending and (N,) y, and how it is drawn."""

    name: str
    x: Numbers
    y: Numbers
    colour: str
    style: Qt.PenStyle = Qt.PenStyle.SolidLine


class Plot(ReadPlot):
    """Draws lines over one x axis. The range ignores the first outliers, but on a logarithmic axis, which shows all."""

    def __init__(self, title: str, axis: Axis, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._axis = axis
        self._lines: tuple[Line, ...] = ()
        self._best: tuple[float, float] | None = None
        self._logarithmic = False
        self.setAccessibleName(title)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is drawn."""
        return self._lines

    @property
    def best(self) -> tuple[float, float] | None:
        """The marked point."""
        return self._best

    @property
    def scale(self) -> Scale:
        """Where values are painted."""
        area = self.area
        ends = [float(end) for line in self._lines if len(line.x) for end in (line.x[0], line.x[-1])]
        values = [(line.x, line.y) for line in self._lines]
        finite = np.concatenate([np.empty(0), *(y[np.isfinite(y)] for _, y in values)])
        x_range = (min(ends), max(ends)) if ends else (0.0, 1.0)
        if self._logarithmic and len(finite) and finite.min() > 0:
            return Scale(area, x_range, (float(finite.min()) / 1.05, float(finite.max()) * 1.05), logarithmic=True)
        return Scale(area, x_range, robust_range(values), logarithmic=False)

    def show_lines(self, lines: Sequence[Line], best: tuple[float, float] | None, axis: Axis) -> None:
        """Draw `lines` over `axis`, and a mark at the point `best` (x, y)."""
        self._lines = tuple(lines)
        self._best = best
        self._axis = axis
        self.update()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Choose a logarithmic y axis; where a value isn't above 0 it stays linear."""
        self._logarithmic = logarithmic
        self.update()

    def readout(self, x: float) -> str:
        """Write the values of all lines at the last moment up to `x`."""
        parts = [self._axis.words(x)]
        for line in self._lines:
            place = int(np.searchsorted(line.x, x, side="right")) - 1
            if place >= 0 and math.isfinite(line.y[place]):
                parts.append(f"{line.name} {line.y[place]:.5g}")
        return " · ".join(parts)

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(320, 160)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be read."""
        return QSize(140, 80)

    def x_under(self, pixel: float) -> float | None:
        """Return the x at a pixel; None where there are no curves."""
        return super().x_under(pixel) if self._lines else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_PT))
        self.paint_title(painter, theme.GRID)
        if self._lines:
            scale = self.scale
            paint_axes(painter, scale, self._axis)
            painter.setClipRect(scale.area.adjusted(-4, -4, 4, 1))
            self.paint_hover(painter, scale)
            self._paint_lines(painter, scale)
        else:
            painter.setPen(QColor(theme.FAINT))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("no values yet"))

    def _paint_lines(self, painter: QPainter, scale: Scale) -> None:
        for line in self._lines:
            painter.setPen(QPen(QColor(line.colour), 1.5 if len(line.x) < _DENSE else 1, line.style))
            for piece in scale.polylines(line.x, line.y):
                painter.drawPolyline(piece)
        if self._best is not None:
            painter.setPen(QPen(QColor(theme.TEXT), 1.5))
            painter.setBrush(QColor(theme.SURFACE))
            painter.drawEllipse(scale.point(*self._best), 3.5, 3.5)
