"""The runs that can be opened or resumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.services.runs import RunSummary
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.rows import RowsModel, rows_table


class RunsDialog(QDialog):
    """Lists runs in the order given. Shown beside the window, not in front of it."""

    open_requested = Signal(object)
    """The run's folder, a Path."""
    resume_requested = Signal(object)
    """The run's folder, a Path."""

    def __init__(self, runs: Sequence[RunSummary], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("runs_dialog")
        self.setWindowTitle(self.tr("Runs"))
        self._runs = tuple(runs)
        headings = (
            self.tr("Name"), self.tr("Model"), self.tr("Images"), self.tr("Status"), self.tr("Epochs"),
            self.tr("Last change"),
        )  # fmt: skip
        self._table = rows_table(RowsModel(headings, [self._row(run) for run in runs], self), "runs_table")
        self._open = push_button(self.tr("Open"), self.tr("Explore this model"), "run_open", primary=True)
        self._resume = push_button(self.tr("Resume"), self.tr("Go on training where it stopped"), "run_resume")
        self._reveal = push_button(self.tr("Show folder"), self.tr("Show its files"), "run_reveal")
        self._lay_out()
        self._connect()
        self._table.selectRow(0)
        self._on_selected()
        self.resize(880, 420)

    def _row(self, run: RunSummary) -> tuple[str, ...]:
        states = {
            "empty": self.tr("nothing saved"),
            "resumable": self.tr("can be resumed"),
            "finished": self.tr("finished"),
            "stopped": self.tr("can't be resumed"),
        }
        changed = datetime.fromtimestamp(run.changed, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        epochs = f"{run.epochs_done}/{run.epochs}"
        images = printable(Path(run.images).name or run.images)
        return run.name, run.model, images, states[run.state], epochs, changed

    def _lay_out(self) -> None:
        close = push_button(self.tr("Close"), "", "runs_close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self._reveal)
        buttons.addStretch(1)
        for button in (close, self._resume, self._open):
            buttons.addWidget(button)
        heading = self.tr("Models trained here") if self._runs else self.tr("No model has been trained here yet.")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(label(heading, "title"))
        column.addWidget(self._table, stretch=1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self._table.selectionModel().selectionChanged.connect(self._on_selected)
        self._table.doubleClicked.connect(self._on_open)
        self._open.clicked.connect(self._on_open)
        self._resume.clicked.connect(self._on_resume)
        self._reveal.clicked.connect(self._on_reveal)

    def _selected(self) -> RunSummary | None:
        rows = self._table.selectionModel().selectedRows()
        return self._runs[rows[0].row()] if rows else None

    def _on_selected(self) -> None:
        run = self._selected()
        self._open.setEnabled(run is not None and run.state != "empty")
        self._resume.setEnabled(run is not None and run.state == "resumable")
        self._reveal.setEnabled(run is not None)

    def _on_open(self) -> None:
        run = self._selected()
        if run is not None and self._open.isEnabled():
            self.open_requested.emit(run.path)
            self.close()

    def _on_resume(self) -> None:
        if (run := self._selected()) is not None:
            self.resume_requested.emit(run.path)
            self.close()

    def _on_reveal(self) -> None:
        if (run := self._selected()) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.path)))
