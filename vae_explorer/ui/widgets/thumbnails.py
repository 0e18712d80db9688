"""A strip of small images to hover and click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.pixels import Pixels, fitted, image_of

_GAP: Final = 4.0
_LARGEST: Final = 72.0


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """An image of the strip: its index in the image set, (H, W, C) pixels, and the tooltip that tells of it."""

    index: int
    pixels: Pixels
    says: str


class ThumbnailStrip(QWidget):
    """Up to `places` images in a row, each with its tooltip. Arrow keys and Enter do what hovering and clicking do."""

    hovered = Signal(object)
    """The index of the image under the mouse, or None."""
    chosen = Signal(int)
    """The index of the image that was clicked."""

    def __init__(self, places: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places = places
        self._thumbnails: tuple[Thumbnail, ...] = ()
        self._hot: int | None = None
        self._told: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def indices(self) -> tuple[int, ...]:
        """The indices of the images shown."""
        return tuple(thumbnail.index for thumbnail in self._thumbnails)

    def show_thumbnails(self, thumbnails: Sequence[Thumbnail]) -> None:
        """Show these, the first `places` of them."""
        self._thumbnails = tuple(thumbnails[: self._places])
        under = self._place_at(QPointF(self.mapFromGlobal(self.cursor().pos()))) if self.underMouse() else None
        self._set_hot(under)

    def rect_of(self, place: int) -> QRectF:
        """Return where the image at `place` is painted, from 0 at the left."""
        side = self._side(self.width())
        return QRectF(place * (side + _GAP), 0, side, side)

    def hasHeightForWidth(self) -> bool:
        """Qt: the images are square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt: the height that goes with `width`."""
        return round(self._side(width))

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be used."""
        return QSize(self._places * 20, 20)

    def event(self, event: QEvent) -> bool:
        """Qt: each image has its own tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if place is None else self._thumbnails[place].says, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: ring what is under the mouse."""
        place = self._place_at(event.position())
        if place != self._hot:
            self._set_hot(place)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: nothing is under the mouse."""
        self._set_hot(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the image under the mouse."""
        place = self._place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(self._thumbnails[place].index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows go along the strip, Enter or Space chooses."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._thumbnails:
            place = 0 if self._hot is None else self._hot + step
            self._set_hot(min(max(place, 0), len(self._thumbnails) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._hot is not None:
            self.chosen.emit(self._thumbnails[self._hot].index)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: the keyboard went elsewhere."""
        self._set_hot(None)
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place in range(self._places):
            area = self.rect_of(place)
            painter.fillRect(area, QColor(theme.BACKGROUND))
            if place < len(self._thumbnails):
                pixels = self._thumbnails[place].pixels
                target = fitted(pixels.shape[1], pixels.shape[0], area, self.devicePixelRatioF(), sharp=False)
                painter.drawImage(target, image_of(pixels))
        if self._hot is not None:
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(self.rect_of(self._hot).adjusted(1, 1, -1, -1))

    def _side(self, width: int) -> float:
        return min((width - (self._places - 1) * _GAP) / self._places, _LARGEST)

    def _place_at(self, point: QPointF) -> int | None:
        for place in range(len(self._thumbnails)):
            if self.rect_of(place).contains(point):
                return place
        return None

    def _set_hot(self, place: int | None) -> None:
        """Ring the image at `place`; tells when another image than before, or none, is ringed."""
        self._hot = place if place is not None and place < len(self._thumbnails) else None
        index = None if self._hot is None else self._thumbnails[self._hot].index
        self.update()
        if index != self._told:
            self._told = index
            self.hovered.emit(index)
