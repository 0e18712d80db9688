"""Images over what the model makes of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.pixels import fitted, image_of

_GAP: Final = 4.0
_LARGEST: Final = 96.0
"""Pixels: the side that an image has at most."""


class PairStrip(QWidget):
    """A row of originals, and under each its reconstruction; as many pairs as are given, as large as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_pairs(self, originals: NDArray[np.uint8], reconstructions: NDArray[np.uint8]) -> None:
        """Show (N, H, W, C) originals and reconstructions; repaints only where they differ from those shown."""
        rows = (np.ascontiguousarray(originals), np.ascontiguousarray(reconstructions))
        if self._rows is None or any(not np.array_equal(new, old) for new, old in zip(rows, self._rows, strict=True)):
            self._rows = rows
            self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._rows = None
        self.update()

    def rect_of(self, row: int, place: int) -> QRectF:
        """Return where an image is painted: row 0 holds the originals, row 1 the reconstructions."""
        count = 1 if self._rows is None else len(self._rows[0])
        side = min((self.width() - (count - 1) * _GAP) / count, (self.height() - _GAP) / 2, _LARGEST)
        return QRectF(place * (side + _GAP), row * (side + _GAP), side, side)

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(400, 120)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be seen."""
        return QSize(160, 48)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for row, images in enumerate(self._rows or ()):
            for place, pixels in enumerate(images):
                area = self.rect_of(row, place)
                painter.fillRect(area, QColor(theme.BACKGROUND))
                target = fitted(pixels.shape[1], pixels.shape[0], area, self.devicePixelRatioF(), sharp=False)
                painter.drawImage(target, image_of(pixels))
