"""Undo and redo in the window, by the keys and from the list of steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, shows
from vae_explorer.ui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def steps(window: MainWindow) -> int:
    return len(window.session.undo.steps)


def test_a_drag_in_the_plane_and_one_of_a_knob_are_two_steps(shown: MainWindow) -> None:
    before = shown.session.store.state
    QTest.mousePress(shown.plane, LEFT, pos=HERE)
    for step in range(20):
        QTest.mouseMove(shown.plane, HERE + QPoint(step, step))
    QTest.mouseRelease(shown.plane, LEFT, pos=HERE + QPoint(20, 20))
    assert steps(shown) == 1
    slider = shown.knobs.knobs[2].slider
    QTest.mousePress(slider, LEFT, pos=QPoint(10, 10))
    for step in range(20):
        QTest.mouseMove(slider, QPoint(10 + step, 10))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(30, 10))
    assert steps(shown) == 2
    assert "turn z3" in shown.actions_.undo.text()
    shown.actions_.undo.trigger()
    assert "move the probe" in shown.actions_.undo.text()
    assert "turn z3" in shown.actions_.redo.text()
    shown.actions_.undo.trigger()
    assert shown.session.store.state.probe == before.probe
    assert not shown.actions_.undo.isEnabled()


def test_what_is_undone_is_what_is_decoded(shown: MainWindow, trained: object, qtbot: QtBot) -> None:
    QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    clicked = shown.session.store.state.probe
    QTest.mouseClick(shown.plane, LEFT, pos=HERE + QPoint(60, 30))
    shown.plane.setFocus()
    QTest.keyClick(shown.plane, Qt.Key.Key_Z, CONTROL)
    assert shown.session.store.state.probe == clicked
    qtbot.waitUntil(lambda: shows(shown, trained))  # type: ignore[arg-type]  # a path, from the fixture


@pytest.fixture
def listed(shown: MainWindow, qtbot: QtBot) -> QListWidget:
    action = shown.findChild(QAction, "open_history")
    assert action is not None
    action.trigger()
    tool = shown.toolbox.tool("history")
    assert tool is not None
    qtbot.waitUntil(lambda: tool.is_seen)
    listed = tool.findChild(QListWidget, "history_list")
    assert listed is not None
    return listed


def test_the_list_names_every_step_and_goes_back_to_it(shown: MainWindow, listed: QListWidget) -> None:
    QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    shown.actions_.plane.actions()[1].trigger()
    shown.session.store.update(plane_dims=(0, 2))
    assert [listed.item(row).text() for row in range(listed.count())] == [
        "As it was opened",
        "Move the probe",
        "Zoom or pan",
        "Show z1 and z3",
    ]
    QTest.mouseClick(listed.viewport(), LEFT, pos=listed.visualItemRect(listed.item(1)).center())
    assert shown.session.store.state.plane_dims == (0, 1)
    assert shown.session.store.state.view is None
    assert shown.session.store.state.probe != (0, 0, 0)
    assert listed.currentRow() == 1
    assert listed.count() == 4


def test_a_number_that_was_typed_is_undone_by_the_keys_at_once(shown: MainWindow) -> None:
    box = shown.knobs.knobs[0].box
    before = shown.session.store.state.probe
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "1.5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert shown.session.store.state.probe[0] == 1.5
    QTest.keyClick(box, Qt.Key.Key_Z, CONTROL)
    assert shown.session.store.state.probe == before


def test_throws_of_the_dice_are_steps_of_their_own(shown: MainWindow) -> None:
    dice = shown.knobs.findChild(QToolButton, "knobs_randomise")
    assert dice is not None
    for _ in range(3):
        dice.click()
    assert steps(shown) == 3


def test_an_image_that_is_come_back_to_stands_where_its_code_is_now(shown: MainWindow) -> None:
    store = shown.session.store
    shown.session.go_to_image(2)
    shown.session.go_to_image(5)
    assert store.state.embedding is not None
    moved = replace(store.state.embedding, mean=store.state.embedding.mean + 1)
    store.update(embedding=moved, probe=moved.code(5))
    shown.actions_.undo.trigger()
    assert store.state.original == 2
    assert store.state.probe == moved.code(2)
