"""What the lines of the curves mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme

_SAMPLE: Final = 20
"""Pixels of a line that are shown."""
_GAP: Final = 6


@dataclass(frozen=True)
class Key:
    """A kind of line, or (without a style) a mark, and the words for it."""

    words: str
    colour: str
    style: Qt.PenStyle | None = Qt.PenStyle.SolidLine


class Legend(QWidget):
    """A row of keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: tuple[Key, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show these keys; their words are the tooltip too, for where there isn't room for all."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.setToolTip("\n".join(key.words for key in keys))
            self.update()

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(0, 2 * theme.GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_PT))
        left, middle = 0.0, self.height() / 2
        for key in self._keys:
            width = painter.fontMetrics().horizontalAdvance(key.words)
            if left + _SAMPLE + _GAP + width > self.width():
                return
            _paint_sample(painter, key, QPointF(left, middle))
            painter.setPen(QColor(theme.MUTED))
            place = QRectF(left + _SAMPLE + _GAP, 0, width + 1, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, key.words)
            left += _SAMPLE + _GAP + width + 2 * theme.GRID


def _paint_sample(painter: QPainter, key: Key, start: QPointF) -> None:
    if key.style is None:
        painter.setPen(QPen(QColor(key.colour), 1.5))
        painter.drawEllipse(start + QPointF(_SAMPLE - 5, 0), 3.5, 3.5)
    else:
        painter.setPen(QPen(QColor(key.colour), 1.5, key.style))
        painter.drawLine(start, start + QPointF(_SAMPLE, 0))
