"""Images in a square, to look at together and to choose one of."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.pixels import fitted, image_of

_GAP: Final = 2.0


class SampleGrid(QWidget):
    """Shows (n, H, W, C) images row by row, in as many columns as rows."""

    hovered = Signal(object)
    """The number of the image under the mouse, or None."""
    chosen = Signal(int)
    """The number of the image that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._hot: int | None = None
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(96, 96)

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """What is shown, (n, H, W, C) uint8."""
        return self._pixels

    def show_images(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show these, which nobody may write to afterwards; None clears."""
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self.update()

    def highlight(self, number: int | None) -> None:
        """Ring an image."""
        if number != self._hot:
            self._hot = number
            self.update()

    def rect_of(self, number: int) -> QRectF:
        """Return where an image is painted."""
        columns = self._columns()
        side = min(self.width(), self.height())
        cell = (side - (columns - 1) * _GAP) / columns
        row, column = divmod(number, columns)
        left, top = (self.width() - side) / 2, 0.0
        return QRectF(left + column * (cell + _GAP), top + row * (cell + _GAP), cell, cell)

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(208, 208)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: tell what is under the mouse."""
        self._hover(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: nothing is."""
        super().leaveEvent(event)
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the image under the mouse."""
        number = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.chosen.emit(number)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, pixels in enumerate(() if self._pixels is None else self._pixels):
            area = self.rect_of(number)
            painter.fillRect(area, QColor(theme.BACKGROUND))
            target = fitted(pixels.shape[1], pixels.shape[0], area, self.devicePixelRatioF(), sharp=False)
            painter.drawImage(target, image_of(pixels))
        if self._hot is not None and self._pixels is not None:
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(self.rect_of(self._hot).adjusted(1, 1, -1, -1))

    def _columns(self) -> int:
        return 1 if self._pixels is None else max(1, math.ceil(math.sqrt(len(self._pixels))))

    def _at(self, place: QPointF) -> int | None:
        count = 0 if self._pixels is None else len(self._pixels)
        return next((number for number in range(count) if self.rect_of(number).contains(place)), None)

    def _hover(self, number: int | None) -> None:
        if number != self._hot:
            self.highlight(number)
            self.hovered.emit(number)
