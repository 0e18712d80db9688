"""The plot, the rows and the curves of σ."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vae_explorer.core.latent.spreads import BINS, Spreads
from vae_explorer.ui.widgets.penalty_plot import PenaltyPlot
from vae_explorer.ui.widgets.spread_history import SpreadHistory
from vae_explorer.ui.widgets.spread_rows import ROW_PX, SpreadRows

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def spreads() -> Spreads:
    log_var = np.array([[0.0, -11.0, -3.0]] * 8, np.float32)
    return Spreads.of(np.array([[0.0, 1.0, 1.0]] * 8, np.float32), log_var, "log_var")


@pytest.fixture
def rows(qtbot: QtBot, spreads: Spreads) -> SpreadRows:
    rows = SpreadRows()
    qtbot.addWidget(rows)
    rows.show_spreads(spreads, None)
    rows.resize(400, rows.height())
    rows.show()
    return rows


def test_the_curves_under_the_mouse_are_read_to_the_number(qtbot: QtBot) -> None:
    plot = PenaltyPlot()
    qtbot.addWidget(plot)
    assert "exp σ 1 · 1 + σ 1.00 · difference 0" in plot.readout(0.0)
    plot.show_shares("σ", np.full(BINS, 1 / BINS, np.float32))
    assert f"{100 / BINS:.1f} % of images" in plot.readout(-2.0)


def test_the_histogram_is_painted_where_its_sigma_stands(qtbot: QtBot) -> None:
    plot = PenaltyPlot()
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    without = plot.grab().toImage()
    shares = np.zeros(BINS, np.float32)
    shares[BINS // 4] = 1
    plot.show_shares("", shares)
    image = plot.grab().toImage()
    changed = [x for x in range(500) if image.pixel(x, 200) != without.pixel(x, 200)]
    assert changed
    assert max(changed) - min(changed) < 3 * 500 / BINS
    assert min(changed) == pytest.approx(44 + (500 - 44 - 12) / 4, abs=6)


def test_each_dimension_says_what_it_is(rows: SpreadRows) -> None:
    assert rows.height() == 3 * ROW_PX
    assert rows.says(0).endswith("collapsed")
    assert rows.says(1).endswith("as good as a point")
    assert rows.says(2) == "σ −3.00 · std 0.223 · KL 1.52"


def test_a_click_chooses_a_dimension_and_another_one_all(rows: SpreadRows, spreads: Spreads) -> None:
    chosen: list[int | None] = []
    rows.chosen.connect(chosen.append)
    second = QPoint(100, ROW_PX + 5)
    QTest.mouseClick(rows, LEFT, pos=second)
    rows.show_spreads(spreads, 1)
    QTest.mouseClick(rows, LEFT, pos=second)
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.keyClick(rows, Qt.Key.Key_Escape)
    assert chosen == [1, None, 2, None]


def test_nothing_to_show_takes_no_room(rows: SpreadRows) -> None:
    rows.show_spreads(None, None)
    assert rows.height() == 0
    assert rows.says(0) == ""


def test_medians_become_curves_over_time() -> None:
    history = SpreadHistory()
    assert history.lines(None) == []
    for seconds, median in ((1.0, -1.0), (2.0, -2.0), (2.0, -3.0)):
        history.add(seconds, np.array([median, 0.0], np.float32))
    first, second = history.lines(None)
    assert (first.name, second.name) == ("z1", "z2")
    assert first.x.tolist() == [1, 2]
    assert first.y.tolist() == [-1, -3]
    (only,) = history.lines(1)
    assert only.y.tolist() == [0, 0]


def test_of_very_many_dimensions_some_are_drawn_and_any_can_be_chosen() -> None:
    history = SpreadHistory()
    history.add(1.0, np.arange(40, dtype=np.float32))
    assert len(history.lines(None)) == 16
    assert history.lines(39)[0].y.tolist() == [39]
