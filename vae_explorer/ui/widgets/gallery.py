"""Images by the thousand, as a list that makes only those that are in sight."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.ui.widgets.pixels import image_of

THUMBNAIL_PX: Final = 56
_KEPT: Final = 2000
"""Thumbnails that are kept for when they come into sight again."""

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class GalleryModel(QAbstractListModel):
    """Some images of a set, by their indices."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._images: ImageSet | None = None
        self._indices: NDArray[np.int64] = np.zeros(0, np.int64)
        self._icon = lru_cache(maxsize=_KEPT)(self._make_icon)

    @property
    def indices(self) -> NDArray[np.int64]:
        """The images that are listed."""
        return self._indices

    def show_images(self, images: ImageSet | None, indices: NDArray[np.int64]) -> None:
        """List these images of a set."""
        self.beginResetModel()
        if images is not self._images:
            self._icon.cache_clear()
        self._images, self._indices = images, indices
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Qt: how many rows there are."""
        return 0 if parent.isValid() else len(self._indices)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt: an image, and its name as tooltip."""
        if self._images is None or not index.isValid():
            return None
        image = int(self._indices[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(image)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            name = printable(self._images.paths[image])
            labels = self._images.labels
            return name if labels is None else f"{self._images.label_names[labels[image]]} · {name}"
        return None

    def _make_icon(self, image: int) -> QIcon:
        assert self._images is not None  # noqa: S101  # for the type checker: `data` looked
        picture = QPixmap.fromImage(image_of(np.array(self._images.images[image])))
        mode = Qt.TransformationMode.SmoothTransformation
        return QIcon(picture.scaled(THUMBNAIL_PX, THUMBNAIL_PX, Qt.AspectRatioMode.KeepAspectRatio, mode))


class Gallery(QListView):
    """Hover to point at an image, click or Enter to choose it."""

    pointed = Signal(object)
    """The index of the image under the mouse, or None."""
    chosen = Signal(int)
    """The index of the image that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = GalleryModel(self)
        self.setModel(self._model)
        self.setObjectName("gallery")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.setGridSize(QSize(THUMBNAIL_PX + 6, THUMBNAIL_PX + 6))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Selected images"))
        self.entered.connect(lambda index: self.pointed.emit(self.image_at(index)))
        self.viewportEntered.connect(lambda: self.pointed.emit(None))
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    @property
    def indices(self) -> NDArray[np.int64]:
        """The images that are listed."""
        return self._model.indices

    def show_images(self, images: ImageSet | None, indices: NDArray[np.int64]) -> None:
        """List these images of a set."""
        self._model.show_images(images, indices)

    def image_at(self, index: Index) -> int:
        """Return the image of a row."""
        return int(self._model.indices[index.row()])

    def point_at(self, image: int | None) -> None:
        """Mark an image that another pane points at, if it is listed, and bring it into sight."""
        place = -1 if image is None else int(np.searchsorted(self._model.indices, image))
        if image is None or place >= len(self._model.indices) or self._model.indices[place] != image:
            self.clearSelection()
            return
        index = self._model.index(place)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def leaveEvent(self, event: object) -> None:
        """Qt: nothing is under the mouse."""
        super().leaveEvent(event)  # type: ignore[arg-type]  # Qt's event
        self.pointed.emit(None)

    def _on_chosen(self, index: QModelIndex) -> None:
        self.chosen.emit(self.image_at(index))
