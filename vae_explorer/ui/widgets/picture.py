"""One image, as large as its place allows."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.pixels import Pixels, fitted, image_of

_LINE: Final = 18.0
"""Pixels: the height of a line of the caption."""


class Picture(QWidget):
    """Paints (H, W, C) uint8 pixels: pixel-sharp, or smooth. Shows a few words while there are none."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._placeholder = placeholder
        self._pixels: Pixels | None = None
        self._smooth = False
        self._caption: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(64, 64)

    @property
    def pixels(self) -> Pixels | None:
        """What is shown, (H, W, C) uint8."""
        return self._pixels

    def set_pixels(self, pixels: Pixels | None) -> None:
        """Show `pixels` (H, W, C), which nobody may write to afterwards; None clears."""
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self.update()

    def set_smooth(self, smooth: bool) -> None:  # a property's setter
        """Choose between interpolated and pixel-sharp."""
        if smooth != self._smooth:
            self._smooth = smooth
            self.update()

    @property
    def caption(self) -> str:
        """The words under the picture."""
        return "\n".join(self._caption)

    def set_caption(self, *lines: str) -> None:
        """Write `lines` right under the picture; the tooltip tells them whole."""
        if lines != self._caption:
            self._caption = lines
            self.setToolTip(self.caption)
            self.update()

    def image(self) -> QImage | None:
        """Return a copy of what is shown at its own size, without anything of the window."""
        return None if self._pixels is None else image_of(self._pixels).copy()

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(240, 240)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        if self._pixels is None:
            self._paint_placeholder(painter)
            return
        ratio = self.devicePixelRatioF()
        height, width = self._pixels.shape[:2]
        target = fitted(width, height, self._area(), ratio, sharp=not self._smooth)
        # Shrinking always interpolates: dropping pixels would show a pattern that isn't in the image.
        shrinks = target.width() * ratio < width
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth or shrinks)
        painter.drawImage(target, image_of(self._pixels))
        if self._caption:
            self._paint_caption(painter, target.bottom())

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0, 0, 0, -_LINE * len(self._caption))

    def _paint_caption(self, painter: QPainter, top: float) -> None:
        painter.setFont(theme.font(theme.SMALL_PT))
        painter.setPen(QColor(theme.MUTED))
        for place, line in enumerate(self._caption):
            text = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, self.width())
            row = QRectF(0, top + place * _LINE, self.width(), _LINE)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_placeholder(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.FAINT))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(theme.GRID, 0, -theme.GRID, 0), flags, self._placeholder)
