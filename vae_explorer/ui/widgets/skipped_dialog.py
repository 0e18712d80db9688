"""Which images could not be read, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.data.base import Skipped, printable
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.rows import RowsModel, rows_table


class SkippedDialog(QDialog):
    """Lists all of them; nothing is left out. Shown beside the window, not in front of it."""

    def __init__(self, skipped: Sequence[Skipped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("skipped_dialog")
        self.setWindowTitle(self.tr("Skipped images"))
        self._rows = [(printable(image.path), image.reason) for image in skipped]
        self._model = RowsModel((self.tr("File"), self.tr("Why")), self._rows, self)
        several = self.tr("{0} files could not be used.").format(count_text(len(self._rows)))
        self._lay_out(self.tr("One file could not be used.") if len(self._rows) == 1 else several)
        self.resize(960, 440)

    def _lay_out(self, heading: str) -> None:
        copy = push_button(self.tr("Copy all"), self.tr("Copy the list as text"), "skipped_copy")
        close = push_button(self.tr("Close"), "", "skipped_close")
        copy.clicked.connect(self._on_copy)
        close.clicked.connect(self.close)
        table = rows_table(self._model, "skipped_table")
        table.setColumnWidth(1, 520)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(label(heading, "title"))
        column.addWidget(table, stretch=1)
        column.addLayout(buttons)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in self._rows))
