"""What plots share that are read under the mouse: a place for the curves, and a title that gives way to values."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.plot_scale import Scale

LEFT: Final = 44.0
RIGHT: Final = 12.0
"""Pixels beside the curves, for the numbers at the axes; rows below have the same, so that x stands under x."""
_TOP: Final = 24.0
"""Pixels above, for the title."""
_BOTTOM: Final = 20.0


class ReadPlot(QWidget):
    """A subclass says what its scale is, paints its curves, and writes their values."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._hover: float | None = None
        """The x under the mouse; None where there is none."""
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    @abstractmethod
    def scale(self) -> Scale:
        """Where values are painted."""

    @abstractmethod
    def readout(self, x: float) -> str:
        """Write the values at an x."""

    @property
    def area(self) -> QRectF:
        """The pixels of the curves."""
        return QRectF(self.rect()).adjusted(LEFT, _TOP, -RIGHT, -_BOTTOM)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: read the curves under the mouse."""
        self._hover = self.x_under(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: nothing is under the mouse."""
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def x_under(self, pixel: float) -> float | None:
        """Return the x at a pixel; None where there is nothing to read."""
        return self.scale.x_at(pixel)

    def paint_title(self, painter: QPainter, left: int) -> None:
        """Paint the title, or what is read under the mouse, from a pixel `left` on."""
        text = self._title if self._hover is None else self.readout(self._hover)
        painter.setPen(QColor(theme.MUTED if self._hover is None else theme.TEXT))
        width = self.width() - left
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, 0, width, _TOP - 4), Qt.AlignmentFlag.AlignVCenter, text)

    def paint_hover(self, painter: QPainter, scale: Scale) -> None:
        """Mark where the curves are read."""
        if self._hover is not None:
            across = scale.point(self._hover, scale.y_range[0]).x()
            painter.setPen(QColor(theme.FAINT))
            painter.drawLine(QPointF(across, scale.area.top()), QPointF(across, scale.area.bottom()))
