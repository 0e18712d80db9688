from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.core.shades import Shades
from vae_explorer.services.colours import ColourBy
from vae_explorer.ui.views.plane.legend import MAX_ROWS, MORE_PX, ROW_PX, Legend
from vae_explorer.ui.views.plane.scene import Colouring, Scale

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(600, 200)
    return parent


@pytest.fixture
def legend(parent: QWidget) -> Legend:
    legend = Legend(parent)
    parent.show()
    show(legend, "red", "green", "blue")
    return legend


def show(legend: Legend, *names: str, hidden: frozenset[str] = frozenset()) -> None:
    legend.show_categories(Colouring(np.zeros(1, np.int64), names), hidden)


def middle(legend: Legend, name: str) -> QPoint:
    return legend.chip(name).center().toPoint()


def test_a_click_switches_a_category_off_and_another_one_on(legend: Legend, qtbot: QtBot) -> None:
    with qtbot.waitSignal(legend.hidden_changed) as changed:
        QTest.mouseClick(legend, LEFT, pos=middle(legend, "green"))
    assert changed.args == [frozenset({"green"})]
    show(legend, "red", "green", "blue", hidden=frozenset({"green", "red"}))
    with qtbot.waitSignal(legend.hidden_changed) as changed:
        QTest.mouseClick(legend, LEFT, pos=middle(legend, "green"))
    assert changed.args == [frozenset({"red"})]


def test_control_and_click_shows_one_alone_and_then_all_again(legend: Legend, qtbot: QtBot) -> None:
    with qtbot.waitSignal(legend.hidden_changed) as changed:
        QTest.mouseClick(legend, LEFT, CONTROL, middle(legend, "green"))
    assert changed.args == [frozenset({"red", "blue"})]
    show(legend, "red", "green", "blue", hidden=frozenset({"red", "blue"}))
    with qtbot.waitSignal(legend.hidden_changed) as changed:
        QTest.mouseClick(legend, LEFT, CONTROL, middle(legend, "green"))
    assert changed.args == [frozenset()]


def test_a_double_click_shows_one_alone_and_then_all_again(legend: Legend) -> None:
    # As in the window: what each press asks for is shown before the next.
    asked: list[frozenset[str]] = []
    legend.hidden_changed.connect(asked.append)
    legend.hidden_changed.connect(lambda hidden: show(legend, "red", "green", "blue", hidden=hidden))
    for alone_or_all in ({"red", "blue"}, set()):
        QTest.mouseClick(legend, LEFT, pos=middle(legend, "green"))
        QTest.mouseDClick(legend, LEFT, pos=middle(legend, "green"))
        assert asked[-1] == alone_or_all


def test_beside_the_chips_nothing_happens(legend: Legend) -> None:
    asked: list[frozenset[str]] = []
    legend.hidden_changed.connect(asked.append)
    for x in (1, legend.width() - 1):
        QTest.mouseClick(legend, LEFT, pos=QPoint(x, 1))
        QTest.mouseDClick(legend, LEFT, pos=QPoint(x, 1))
    assert asked == []


def test_a_category_switched_off_looks_so(legend: Legend) -> None:
    before = legend.grab().toImage()
    show(legend, "red", "green", "blue", hidden=frozenset({"green"}))
    after = legend.grab().toImage()
    box = legend.chip("green").toRect()
    assert after.copy(box) != before.copy(box)
    assert after.copy(legend.chip("red").toRect()) == before.copy(legend.chip("red").toRect())


@pytest.mark.parametrize("names", [(), ("images",)])
def test_where_there_is_nothing_to_tell_apart_there_is_no_legend(legend: Legend, names: tuple[str, ...]) -> None:
    show(legend, *names)
    assert not legend.isVisible()
    legend.show_categories(None, frozenset())
    assert not legend.isVisible()


def test_chips_go_on_in_the_next_row_where_there_is_no_room(legend: Legend) -> None:
    legend.set_room(int(legend.chip("green").right()) + 1)
    assert legend.chip("red").top() == legend.chip("green").top()
    assert legend.chip("blue").top() == legend.chip("red").top() + ROW_PX
    assert legend.width() <= legend.chip("green").right() + 16


def test_more_categories_than_there_is_room_for_are_counted(legend: Legend) -> None:
    names = [f"category {number}" for number in range(200)]
    show(legend, *names)
    rows = {legend.chip(name).top() for name in names if name in shown(legend, names)}
    assert len(rows) == MAX_ROWS
    assert legend._left_out == 200 - len(shown(legend, names))
    assert legend.height() <= MAX_ROWS * ROW_PX + 8


@pytest.mark.parametrize("room", [400, 433, 466, 499])
def test_there_is_room_for_the_count_of_what_is_left_out(legend: Legend, room: int) -> None:
    legend.set_room(room)
    names = [f"category {number}" for number in range(200)]
    show(legend, *names)
    last = max((legend.chip(name) for name in shown(legend, names)), key=lambda box: (box.top(), box.right()))
    assert int(last.right()) + MORE_PX <= legend.width() <= room + 8


def shown(legend: Legend, names: list[str]) -> list[str]:
    return [name for name in names if _has(legend, name)]


def _has(legend: Legend, name: str) -> bool:
    try:
        legend.chip(name)
    except KeyError:
        return False
    return True


def test_a_name_that_was_cut_short_is_told_whole(legend: Legend) -> None:
    name = "a very long name that a person gave to a folder of photographs from a journey"
    show(legend, name, "other")
    place = middle(legend, name)
    legend.event(QHelpEvent(QEvent.Type.ToolTip, place, legend.mapToGlobal(place)))
    assert name in QToolTip.text()
    QToolTip.hideText()


def show_scale(legend: Legend, shades: Shades | None, step: int | None = None) -> None:
    scale = Scale(ColourBy("kl"), shades, step)
    legend.show_categories(Colouring(np.zeros(1, np.int64), (), scale), frozenset())


def test_a_scale_takes_the_place_of_the_chips(legend: Legend) -> None:
    show_scale(legend, Shades.of(np.arange(9)))
    assert legend.isVisible()
    assert shown(legend, ["red", "green"]) == []
    legend.event(QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), legend.mapToGlobal(QPoint(5, 5))))
    assert "KL" in QToolTip.text()
    assert legend.accessibleDescription() == QToolTip.text()
    QToolTip.hideText()
    show(legend, "red", "green")
    assert shown(legend, ["red", "green"]) == ["red", "green"]


def test_progress_is_told_in_the_place_of_the_scale(legend: Legend) -> None:
    show_scale(legend, None)
    before = legend.grab().toImage()
    legend.show_progress(0.5)
    assert legend.grab().toImage() != before
    show(legend, "red", "green")
    legend.show_progress(1)  # which comes late
    assert shown(legend, ["red"]) == ["red"]


@pytest.mark.parametrize("step", [None, 40])
def test_a_scale_of_older_weights_is_computed_anew_on_a_click(legend: Legend, step: int | None) -> None:
    asked: list[None] = []
    legend.refresh_wanted.connect(lambda: asked.append(None))
    show_scale(legend, Shades.of(np.arange(9)), step)
    QTest.mouseClick(legend, LEFT, pos=QPoint(5, 5))
    assert len(asked) == (step is not None)
    hand = Qt.CursorShape.PointingHandCursor
    assert (legend.cursor().shape() == hand) == (step is not None)


def test_a_legend_without_chips_still_shows_scales(legend: Legend) -> None:
    legend.leave_chips()
    show(legend, "red", "green")
    assert not legend.isVisible()
    show_scale(legend, Shades.of(np.arange(9)))
    assert legend.isVisible()


def test_names_that_begin_alike_are_told_apart(legend: Legend) -> None:
    names = [f"a class with a rather long name, and at its end the number {number}" for number in range(3)]
    show(legend, *names)
    first, second, _ = (legend.grab(legend.chip(name).adjusted(19, 0, 0, 0).toRect()).toImage() for name in names)
    assert first != second
