"""Small decodes along a knob's range: what turning it would show."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.pixels import Pixels, fitted, image_of

_LARGEST: Final = 56.0
_MARKER: Final = 3.0


class FilmStrip(QWidget):
    """Images in a row, each for an equal part of a range; a mark tells where the value stands. A click goes there."""

    chosen = Signal(float)
    """The value that an image was decoded at."""

    def __init__(self, frames: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[Pixels | None] = [None] * frames
        self._values: NDArray[np.float32] = np.zeros(frames, np.float32)
        self._value = 0.0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def images(self) -> list[Pixels | None]:
        """The images that are shown; None where one hasn't come yet."""
        return list(self._images)

    @property
    def values(self) -> NDArray[np.float32]:
        """The values (frames,) that they are decoded at."""
        return self._values

    def set_values(self, values: NDArray[np.float32]) -> None:
        """Say which values (frames,) the images will be decoded at; those of before stay until others come."""
        self._values = values
        self.update()

    def show_image(self, frame: int, pixels: Pixels) -> None:
        """Show an image (H, W, C)."""
        self._images[frame] = pixels
        self.update()

    def show_value(self, value: float) -> None:
        """Mark where the value stands."""
        if value != self._value:
            self._value = value
            self.update()

    def clear(self) -> None:
        """Forget the images: another model decodes now."""
        self._images = [None] * len(self._images)
        self.update()

    def rect_of(self, frame: int) -> QRectF:
        """Return where an image is painted."""
        side = self._side(self.width())
        left = (self.width() - side * len(self._images)) / 2
        return QRectF(left + frame * side, 0, side, side)

    def hasHeightForWidth(self) -> bool:
        """Qt: the images are square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt: the height that goes with `width`."""
        return round(self._side(width)) + 6

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be used."""
        return QSize(len(self._images) * 16, 22)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: go to the image under the mouse."""
        for frame, value in enumerate(self._values.tolist()):
            if event.button() == Qt.MouseButton.LeftButton and self.rect_of(frame).contains(event.position()):
                self.chosen.emit(value)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for frame, pixels in enumerate(self._images):
            area = self.rect_of(frame).adjusted(0.5, 0, -0.5, 0)
            if pixels is None:
                painter.fillRect(area, QColor(theme.BACKGROUND))
            else:
                target = fitted(pixels.shape[1], pixels.shape[0], area, self.devicePixelRatioF(), sharp=False)
                painter.drawImage(target, image_of(pixels))
        self._paint_marker(painter)

    def _paint_marker(self, painter: QPainter) -> None:
        """A triangle under the images; none where the value lies beyond them."""
        step = float(self._values[1] - self._values[0])
        place = (self._value - float(self._values[0])) / step if step else -1.0
        if -0.5 <= place <= len(self._values) - 0.5:
            area = self.rect_of(0)
            across = area.left() + (place + 0.5) * area.width()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(Qt.PenStyle.NoPen))
            painter.setBrush(QColor(theme.ACCENT))
            tip, base = area.bottom() + 1, area.bottom() + 5
            painter.drawPolygon(
                [QPointF(across, tip), QPointF(across - _MARKER, base), QPointF(across + _MARKER, base)]
            )

    def _side(self, width: int) -> float:
        return min(width / len(self._images), _LARGEST)
