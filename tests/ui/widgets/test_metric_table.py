from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vae_explorer.core.metrics.base import Result, Row
from vae_explorer.ui.widgets.metric_table import MetricTable


def result(name: str, group: str, *values: str) -> Result:
    rows = tuple(Row(f"{name} {number}", value, f"Means {value}.") for number, value in enumerate(values))
    return Result(name, name, group, {}, {}, rows, 0.0)


RESULTS = [result("elbo", "Likelihood", "-1 nats", "2"), result("mmd", "Codes", "3"), result("mig", "Codes", "–")]


@pytest.fixture
def table(qtbot: QtBot) -> MetricTable:
    table = MetricTable()
    qtbot.addWidget(table)
    table.show_results(RESULTS)
    return table


def cells(table: MetricTable, column: int, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> list[str | None]:
    model = table.model()
    return [model.data(model.index(row, column), role) for row in range(model.rowCount())]


def test_groups_stand_under_a_heading(table: MetricTable) -> None:
    assert cells(table, 0) == ["Likelihood", "elbo 0", "elbo 1", "Codes", "mmd 0", "mig 0"]
    assert [table.columnSpan(row, 0) for row in range(6)] == [3, 1, 1, 3, 1, 1]


def test_a_value_that_is_absent_gives_its_place_to_the_reason(table: MetricTable) -> None:
    assert cells(table, 1) == [None, "-1 nats", "2", None, "3", "Means –."]
    assert table.columnSpan(5, 1) == 2


def test_each_cell_tells_its_row_whole(table: MetricTable) -> None:
    assert cells(table, 2, Qt.ItemDataRole.ToolTipRole)[1] == "elbo 0: -1 nats\nMeans -1 nats."


def test_a_row_that_is_selected_is_told_and_a_heading_is_not(table: MetricTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.row_chosen) as chosen:
        table.selectRow(4)
    assert chosen.args == [Row("mmd 0", "3", "Means 3.")]
    heading = table.model().index(3, 0)
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable


def test_more_results_keep_what_is_selected(table: MetricTable) -> None:
    table.selectRow(1)
    table.show_results([*RESULTS, result("sap", "Codes", "4")])
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]
    assert cells(table, 0)[-1] == "sap 0"


def test_a_narrow_table_tells_meanings_in_tooltips_alone(table: MetricTable) -> None:
    table.resize(640, 300)
    table.show()
    assert not table.isColumnHidden(2)
    table.resize(320, 300)
    assert table.isColumnHidden(2)
    assert table.columnViewportPosition(1) + table.columnWidth(1) == table.viewport().width()


def test_other_results_leave_nothing_of_the_old_ones(table: MetricTable) -> None:
    table.show_results([result("mmd", "Codes", "5")])
    assert cells(table, 0) == ["Codes", "mmd 0"]
    assert table.columnSpan(1, 1) == 1
