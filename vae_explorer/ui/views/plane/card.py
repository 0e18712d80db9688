"""What hovering a point shows: its image, its label and its name, and the number that colours it."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.pixels import image_of

THUMBNAIL_PX = 72
WORDS_PX = 220
"""What is longer is cut short in its middle: where names are alike, they differ at their end."""
DISTANCE_PX = 16


class HoverCard(QFrame):
    """A small card beside the cursor. It never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("hover_card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet(
            f"#hover_card {{ background: {theme.RAISED}; border: 1px solid {theme.LINE}; border-radius: 6px; }}"
        )
        self._thumbnail = QLabel(self)
        self._label = label("", "title")
        self._name = label("", "muted")
        self._reading = label("", "muted")
        words = QVBoxLayout()
        words.addWidget(self._label)
        words.addWidget(self._name)
        words.addWidget(self._reading)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(self._thumbnail)
        row.addLayout(words)
        self.hide()

    def show_image(self, images: ImageSet, index: int, at: QPoint, reading: str = "") -> None:
        """Show image `index` beside the position `at` of the parent, inside its bounds, with a line about it."""
        picture = QPixmap.fromImage(image_of(images.images[index]))
        sharp = Qt.TransformationMode.FastTransformation if images.shape.size < THUMBNAIL_PX else None
        mode = sharp or Qt.TransformationMode.SmoothTransformation
        aspect = Qt.AspectRatioMode.KeepAspectRatio
        self._thumbnail.setPixmap(picture.scaled(THUMBNAIL_PX, THUMBNAIL_PX, aspect, mode))
        self._label.setVisible(images.labels is not None)
        if images.labels is not None:
            self._write(self._label, images.label_names[images.labels[index]])
        self._write(self._name, PurePath(printable(images.paths[index])).name)
        self._write(self._reading, reading)
        self._reading.setVisible(bool(reading))
        self.adjustSize()
        self.move(self._place(at))
        self.show()
        self.raise_()

    def _write(self, place: QLabel, text: str) -> None:
        place.ensurePolished()  # from then on its font is that of its role
        room = self._room().width() - THUMBNAIL_PX - 4 * theme.GRID
        place.setText(place.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, min(room, WORDS_PX)))

    def _room(self) -> QRect:
        parent = self.parentWidget()
        return self.rect() if parent is None else parent.rect()

    def _place(self, at: QPoint) -> QPoint:
        box = QRect(at + QPoint(DISTANCE_PX, DISTANCE_PX), self.size())
        room = self._room()
        if box.right() > room.right():
            box.moveRight(at.x() - DISTANCE_PX)
        if box.bottom() > room.bottom():
            box.moveBottom(at.y() - DISTANCE_PX)
        return QPoint(max(box.left(), room.left()), max(box.top(), room.top()))
