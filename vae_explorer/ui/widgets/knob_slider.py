"""The slider of a latent dimension, with the data's histogram behind its groove."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.wheel import step_if_focused

PRIOR_RANGE: Final = (-3.0, 3.0)
"""The slider's range while there is no data: three standard deviations of the prior."""
_MARGIN: Final = 7.0
"""Pixels left and right of the groove, so that the marker isn't cut off at its ends."""
_MARKER: Final = 5.0
_BADGE_PT: Final = 7.0
_HISTOGRAM: Final = "#414856"
_STEP: Final = 0.01
"""Share of the range that an arrow key moves the value by; ten times that with Shift."""

_KEYS: Final = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10,
}  # fmt: skip


class KnobSlider(QWidget):
    """A value on a range. Emits `moved` live, only for what the person does."""

    moved = Signal(float)
    grabbed = Signal()
    """A drag begins."""
    released = Signal()
    """It has ended."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 0.0
        self._low, self._high = PRIOR_RANGE
        self._span = PRIOR_RANGE
        self._bars: NDArray[np.float32] | None = None
        self._polygon = QPolygonF()
        """The histogram's outline for a widget of `_outline_size`."""
        self._outline_size = QSize()
        self._badge = ""
        self._collapsed = False
        self._dragging = False
        self._waiting: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def value(self) -> float:
        """Where the marker stands; it may lie beyond the range."""
        return self._value

    @property
    def range(self) -> tuple[float, float]:
        """The values at the groove's ends."""
        return self._low, self._high

    def set_value(self, value: float) -> None:
        """Move the marker without telling anybody."""
        if value != self._value:
            self._value = value
            self.update()

    def set_data(self, span: NDArray[np.float32], histogram: NDArray[np.float32]) -> None:
        """Take the range from the data: `span` (2,), and `histogram` (bins,) of shares across it.

        While the marker is dragged the range stays, or the value would change under a mouse that stands still.
        """
        if self._dragging:
            self._waiting = (span, histogram)
            return
        self._span = (float(span[0]), float(span[1]))
        self._low, self._high = widened(*self._span)
        self._bars = histogram / max(float(histogram.max()), 1e-9)
        self._outline_size = QSize()
        self.update()

    def set_badge(self, text: str, *, collapsed: bool) -> None:
        """Write a few letters in the corner; a dimension that is `collapsed` is drawn faint."""
        if (text, collapsed) != (self._badge, self._collapsed):
            self._badge, self._collapsed = text, collapsed
            self.update()

    def clear_data(self) -> None:
        """Go back to the prior's range."""
        self._low, self._high = self._span = PRIOR_RANGE
        self._bars = self._waiting = None
        self.update()

    def position_of(self, value: float) -> float:
        """Return the x, in pixels, at which `value` stands; values beyond the range stand at its ends."""
        share = (value - self._low) / (self._high - self._low)
        return _MARGIN + min(max(share, 0.0), 1.0) * (self.width() - 2 * _MARGIN)

    def value_at(self, x: float) -> float:
        """Return the value at `x` pixels, held to the range."""
        share = (x - _MARGIN) / max(self.width() - 2 * _MARGIN, 1.0)
        return self._low + min(max(share, 0.0), 1.0) * (self._high - self._low)

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(120, 3 * theme.GRID)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be used."""
        return QSize(56, 3 * theme.GRID)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: the marker jumps to the mouse and follows it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self.grabbed.emit()
            self._move_to(self.value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: follow the mouse."""
        if self._dragging:
            self._move_to(self.value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._end_drag()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: back to 0, the prior's mean."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._end_drag()
            self._move_to(0.0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: step only when focused, so that scrolling past changes nothing."""
        step_if_focused(self, event, lambda turned: self._step(turned.angleDelta().y() / 120))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows step, Shift makes the step larger, Delete goes back to 0."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._move_to(0.0)
        elif (steps := _KEYS.get(Qt.Key(event.key()))) is not None:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._step(steps * (10 if shift else 1))
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: a drag that loses the focus has ended."""
        self._end_drag()
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = self.height() - 7.0
        if self._bars is not None:
            painter.setBrush(QColor(_HISTOGRAM))
            painter.drawPolygon(self._outline(groove))
        self._paint_groove(painter, groove)
        self._paint_marker(painter, groove)
        self._paint_badge(painter)

    def _move_to(self, value: float) -> None:
        if value != self._value:
            self.set_value(value)
            self.moved.emit(value)

    def _step(self, steps: float) -> None:
        self._move_to(self._value + steps * _STEP * (self._high - self._low))

    def _end_drag(self) -> None:
        if self._dragging:
            self._dragging = False
            self.released.emit()
        if self._waiting is not None:
            data, self._waiting = self._waiting, None
            self.set_data(*data)

    def _outline(self, base: float) -> QPolygonF:
        """Outline the histogram's bars, standing on `base`. Kept for the next time: the marker moves more often."""
        assert self._bars is not None  # noqa: S101  # for the type checker: the caller looked
        if self._outline_size != self.size():
            self._outline_size, self._polygon = self.size(), self._make_outline(self._bars, base)
        return self._polygon

    def _make_outline(self, bars: NDArray[np.float32], base: float) -> QPolygonF:
        edges = np.linspace(*self._span, len(bars) + 1)
        points = [QPointF(self.position_of(edges[0]), base)]
        for left, right, share in zip(edges[:-1], edges[1:], bars, strict=True):
            top = base - float(share) * (base - 1)
            points += [QPointF(self.position_of(left), top), QPointF(self.position_of(right), top)]
        return QPolygonF([*points, QPointF(self.position_of(edges[-1]), base)])

    def _paint_groove(self, painter: QPainter, y: float) -> None:
        zero, here = self.position_of(0.0), self.position_of(self._value)
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(QRectF(_MARGIN, y - 1, self.width() - 2 * _MARGIN, 2), 1, 1)
        painter.drawRect(QRectF(zero - 0.5, y - 3, 1, 6))
        painter.setBrush(QColor(theme.FAINT if self._collapsed or not self.isEnabled() else theme.ACCENT))
        painter.drawRect(QRectF(min(zero, here), y - 1, abs(here - zero), 2))

    def _paint_badge(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.FAINT if self._collapsed else theme.MUTED))
        painter.setFont(theme.font(_BADGE_PT))
        corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(QRectF(0, 0, self.width(), self.height()), corner, self._badge)

    def _paint_marker(self, painter: QPainter, y: float) -> None:
        """A disc; hollow where the value lies beyond the range."""
        inside = self._low <= self._value <= self._high
        painter.setPen(QColor(theme.TEXT if self.hasFocus() else theme.ACCENT))
        colour = theme.FAINT if self._collapsed or not self.isEnabled() else theme.ACCENT
        painter.setBrush(QColor(colour if inside else theme.SURFACE))
        painter.drawEllipse(QPointF(self.position_of(self._value), y), _MARKER, _MARKER)


def widened(low: float, high: float) -> tuple[float, float]:
    """Give the data some air: a tenth at either end, and room to explore where a dimension has collapsed."""
    half = max((high - low) * 0.6, 1.0)
    middle = (low + high) / 2
    return middle - half, middle + half
