"""Figures in groups: a name, a value, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from vae_explorer.core.metrics.base import NO_VALUE, Result, Row
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.rows import HeadedRows, Index, make_quiet

_NAME, _VALUE, _MEANING = range(3)
_VALUE_WIDTH: Final = 16 * theme.GRID
_NAME_WIDTH: Final = 22 * theme.GRID

_LEAST_MEANING: Final = 8 * theme.GRID
_LONG_VALUE: Final = 16
"""Letters; longer values run on into the meaning's place."""


class MetricRows(HeadedRows):
    """Results as rows, each group under a heading of its own. Where a value lacks, the reason stands in its place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = (self.tr("Metric"), self.tr("Value"), self.tr("Meaning"))
        self._rows: list[Row | str] = []

    def show_results(self, results: Sequence[Result]) -> None:
        """Show these results instead of what was there."""
        self.beginResetModel()
        self._rows = []
        group = ""
        for result in results:
            if result.group != group:
                group = result.group
                self._rows.append(group)
            self._rows += result.rows
        self.endResetModel()

    def row(self, number: int) -> Row | str:
        """Return a row, or the words of a heading."""
        return self._rows[number]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: headings can't be selected."""
        flags = super().flags(index)
        return flags & ~Qt.ItemFlag.ItemIsSelectable if isinstance(self._rows[index.row()], str) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: a cell's text and look."""
        row = self._rows[index.row()]
        if isinstance(row, str):
            return _heading(row, index.column(), role)
        if role == Qt.ItemDataRole.DisplayRole:
            value = row.meaning if row.value == NO_VALUE else row.value
            return (row.title, value, row.meaning)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.title}: {row.value}\n{row.meaning}"
        is_muted = index.column() == _MEANING or (index.column() == _VALUE and row.value == NO_VALUE)
        return QColor(theme.MUTED) if role == Qt.ItemDataRole.ForegroundRole and is_muted else None


class MetricTable(QTableView):
    """A quiet table of results. Headings run across; names and values have their width, meanings what is left."""

    row_chosen = Signal(object)
    """The `Row` that was selected; None where none is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = MetricRows(self)
        self.setModel(self._model)
        self.setObjectName("metric_table")
        self.setAccessibleName(self.tr("Metrics of the model"))
        make_quiet(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._set_headers()
        self.selectionModel().selectionChanged.connect(self._on_selected)

    def show_results(self, results: Sequence[Result]) -> None:
        """Show these results, and keep the row that was selected in sight."""
        selected = self.selectionModel().selectedRows()
        self._model.show_results(results)
        self.clearSpans()
        for number in range(self._model.rowCount()):
            row = self._model.row(number)
            if isinstance(row, str):
                self.setSpan(number, _NAME, 1, 3)
            elif row.value == NO_VALUE or len(row.value) > _LONG_VALUE:
                self.setSpan(number, _VALUE, 1, 2)
        if selected and selected[0].row() < self._model.rowCount():
            self.selectRow(selected[0].row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: its size changed; where a few letters of a meaning would be seen, none are."""
        self.setColumnHidden(_MEANING, event.size().width() < _NAME_WIDTH + _VALUE_WIDTH + _LEAST_MEANING)
        super().resizeEvent(event)

    def _set_headers(self) -> None:
        self.verticalHeader().setDefaultSectionSize(3 * theme.GRID)
        self.horizontalHeader().setStretchLastSection(True)
        self.setColumnWidth(_NAME, _NAME_WIDTH)
        self.setColumnWidth(_VALUE, _VALUE_WIDTH)

    def _on_selected(self) -> None:
        selected = self.selectionModel().selectedRows()
        self.row_chosen.emit(self._model.row(selected[0].row()) if selected else None)


def _heading(words: str, column: int, role: int) -> Any:
    if role == Qt.ItemDataRole.DisplayRole and column == _NAME:
        return words
    if role == Qt.ItemDataRole.FontRole:
        return theme.font(theme.SMALL_PT, bold=True)
    return QColor(theme.MUTED) if role == Qt.ItemDataRole.ForegroundRole else None
