"""Where the prior's samples lie, drawn over a plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.overlay import follow_size

DOT_PX = 4
"""Diameter of a sample's mark."""

SIGMAS = (1, 2, 3)


class PriorMarks(QWidget):
    """Lies over the whole of `over`. It never takes the mouse.

    `place` takes plane coordinates (x, y) to pixels.
    """

    def __init__(self, over: QWidget, place: Callable[[float, float], QPointF]) -> None:
        super().__init__(over)
        self._over = over
        self._place = place
        self._samples: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._hot: int | None = None
        self._middle: tuple[float, float] | None = None
        self.setObjectName("prior_marks")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        follow_size(self, over, self._cover)
        self._cover()
        self.lower()

    def show_samples(self, samples: NDArray[np.float32], middle: tuple[float, float] | None) -> None:
        """Mark samples at plane coordinates (n, 2), and 1, 2 and 3 standard deviations around `middle`, if given."""
        self._samples, self._middle = samples, middle
        self.update()

    def highlight(self, number: int | None) -> None:
        """Ring a sample."""
        if number != self._hot:
            self._hot = number
            self.update()

    def _cover(self) -> None:
        self.resize(self._over.size())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: paint, no more than is asked for: the probe below moves often."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._middle is not None:
            self._paint_circles(painter, *self._middle)
        for number, (x, y) in enumerate(self._samples):
            centre = self._place(float(x), float(y))
            if event.rect().intersects(_around(centre)):
                _paint_dot(painter, centre, hot=number == self._hot)

    def _paint_circles(self, painter: QPainter, x: float, y: float) -> None:
        centre = self._place(x, y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = 0.0
        for sigma in SIGMAS:
            radius = self._place(x + sigma, y).x() - centre.x()
            for colour, width in ((QColor(0, 0, 0, 160), 4.0), (QColor(theme.ACCENT), 1.6)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(centre, radius, radius)
        self._name_circles(painter, centre + QPointF(radius, -radius) * 0.7071)

    def _name_circles(self, painter: QPainter, corner: QPointF) -> None:
        """Say beside the outermost whose circles they are, on a ground that keeps it apart from the points."""
        text = self.tr("N(0, I), {0} σ").format(SIGMAS[-1])
        painter.setFont(theme.font(theme.SMALL_PT))
        size = painter.fontMetrics().size(0, text)
        box = QRectF(corner.x() + theme.GRID / 2, corner.y() - size.height(), size.width() + theme.GRID, size.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _around(centre: QPointF) -> QRect:
    reach = 2 * DOT_PX
    place = centre.toPoint()
    return QRect(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)


def _paint_dot(painter: QPainter, centre: QPointF, *, hot: bool) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 220), 1.2))
    painter.setBrush(QColor("#ffffff"))
    radius = DOT_PX / 2 + (2.5 if hot else 0)
    painter.drawEllipse(centre, radius, radius)
