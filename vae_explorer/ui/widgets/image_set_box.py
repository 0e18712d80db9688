"""What images are open, and how to open others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from vae_explorer.core.data.base import ImageSet
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.labels import ElidedLabel, label


class ImageSetBox(QWidget):
    """Title, count and shape of the images, with a link to those that were skipped."""

    open_folder_requested = Signal()
    skipped_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel()
        self._title.setObjectName("images_title")
        self._count = ElidedLabel(role="muted")
        self._count.setObjectName("images_count")
        self._skipped = QToolButton()
        self._skipped.setObjectName("images_skipped")
        self._skipped.setProperty("link", True)
        self._skipped.setToolTip(self.tr("Show which images could not be read, and why"))
        self._open = push_button(
            self.tr("Open folder…"), self.tr("Read the images in a folder and its subfolders"), "open_folder"
        )
        self._lay_out()
        self._skipped.clicked.connect(self.skipped_requested)
        self._open.clicked.connect(self.open_folder_requested)
        self.show_images(None)

    def show_images(self, images: ImageSet | None) -> None:
        """Tell of `images`."""
        self._skipped.setVisible(images is not None and bool(images.skipped))
        if images is None:
            self._title.setText(self.tr("No images yet"))
            self._count.setText(self.tr("Open a folder, or drop one here."))
            return
        size = images.shape.size
        colour = self.tr("grey") if images.shape.channels == 1 else self.tr("colour")
        self._title.setText(images.title)
        self._count.setText(self.tr("{0} · {1}×{2} {3}").format(count_text(len(images)), size, size, colour))
        self._skipped.setText(self.tr("{0} skipped").format(count_text(len(images.skipped))))
        self._skipped.setAccessibleName(self._skipped.text())

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(theme.GRID)
        line.addWidget(self._count, stretch=1)
        line.addWidget(self._skipped)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(label(self.tr("Images"), "title"))
        column.addWidget(self._title)
        column.addLayout(line)
        column.addSpacing(theme.GRID // 2)
        column.addWidget(self._open)
