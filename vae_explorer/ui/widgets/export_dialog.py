"""In which format a model is written for other programs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.exporters.base import Exporter
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.labels import label


class ExportDialog(QDialog):
    """Offers the formats, and says of the chosen one what it is for. Closing it is cancelling."""

    def __init__(self, formats: Sequence[type[Exporter]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle(self.tr("Export the model"))
        self._summaries = {one.name: one.summary for one in formats}
        self.box = ChoiceBox()
        self.box.setObjectName("export_format")
        self.box.setAccessibleName(self.tr("Format"))
        self.box.set_choices((one.name, one.title, one.summary) for one in formats)
        self._says = label("", "muted")
        self._says.setObjectName("export_says")
        self._says.setWordWrap(True)
        self.box.currentIndexChanged.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(label(self.tr("Write the model for other programs, as"), "title", self.box))
        column.addWidget(self.box)
        column.addWidget(self._says)
        column.addStretch(1)
        column.addLayout(self._buttons())
        self.setMinimumSize(440, 220)
        self._on_chosen()

    @classmethod
    def ask(cls, formats: Sequence[type[Exporter]], parent: QWidget | None = None) -> str | None:
        """Return the name of the chosen format; None when the person changed their mind."""
        dialog = cls(formats, parent)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        chosen: str = dialog.box.value()
        dialog.deleteLater()
        return chosen if accepted else None

    def _buttons(self) -> QHBoxLayout:
        cancel = push_button(self.tr("Cancel"), self.tr("Write nothing"), "export_cancel")
        cancel.clicked.connect(self.reject)
        choose = push_button(
            self.tr("Choose a place…"), self.tr("Say where to write it"), "export_choose", primary=True
        )
        choose.setDefault(True)
        choose.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(choose)
        return row

    def _on_chosen(self) -> None:
        self._says.setText(self._summaries[self.box.value()])
