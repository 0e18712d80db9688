"""Tables of text to read, sort by eye and pick from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vae_explorer.ui import theme

Index = QModelIndex | QPersistentModelIndex
Row = tuple[str, ...]


class HeadedRows(QAbstractTableModel):
    """Rows under headings. A subclass has both, and says by `data` what stands in the cells."""

    _headings: Row
    _rows: Sequence[Any]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """Qt: number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        """Qt: number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        """Qt: a column's heading."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None


class RowsModel(HeadedRows):
    """Rows of texts; each cell tells itself whole in its tooltip."""

    def __init__(self, headings: Row, rows: Sequence[Row], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = headings
        self._rows: Sequence[Row] = tuple(rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Qt: a cell's text."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return self._rows[index.row()][index.column()]


def make_quiet(table: QTableView) -> None:
    """Let a table be read: whole rows are picked, nothing is written, no grid, and no numbers beside the rows."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)


def rows_table(model: RowsModel, name: str, parent: QWidget | None = None) -> QTableView:
    """Return a quiet table of `model`, whose first column takes the room that is left."""
    table = QTableView(parent)
    table.setModel(model)
    table.setObjectName(name)
    make_quiet(table)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.verticalHeader().setDefaultSectionSize(3 * theme.GRID + 4)
    header = table.horizontalHeader()
    for column in range(1, model.columnCount()):
        table.resizeColumnToContents(column)
        table.setColumnWidth(column, table.columnWidth(column) + theme.GRID)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
