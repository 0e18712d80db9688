"""Pins in the window: kept, compared, and come back to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, expected
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.tools.pins import Pins
from vae_explorer.ui.widgets.picture import Picture
from vae_explorer.ui.widgets.pixels import Pixels

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pins(shown: MainWindow, qtbot: QtBot) -> Pins:
    """The tool, with two places pinned and their images there."""
    action = shown.findChild(QAction, "open_pins")
    assert action is not None
    action.trigger()
    tool = shown.toolbox.tool("pins")
    assert isinstance(tool, Pins)
    for place in (HERE, HERE + QPoint(90, 60)):
        QTest.mouseClick(shown.plane, LEFT, pos=place)
        button = tool.findChild(QPushButton, "pin")
        assert button is not None
        button.click()
    listed = list_of(tool)
    qtbot.waitUntil(lambda: listed.count() == 2 and not any(listed.item(row).icon().isNull() for row in range(2)))
    return tool


def list_of(tool: Pins) -> QListWidget:
    listed = tool.findChild(QListWidget, "pin_list")
    assert listed is not None
    return listed


def pixels(tool: Pins, name: str) -> Pixels:
    shown = picture(tool, name).pixels
    assert shown is not None
    return shown


def picture(tool: Pins, name: str) -> Picture:
    found = tool.findChild(Picture, name)
    assert found is not None
    return found


def test_two_pins_are_shown_with_their_difference(shown: MainWindow, pins: Pins, trained: Path) -> None:
    list_of(pins).selectAll()
    first, second = (expected(trained, pin.code) for pin in shown.session.store.state.pins)
    assert np.array_equal(pixels(pins, "pin_first"), first)
    assert np.array_equal(pixels(pins, "pin_second"), second)
    apart = np.abs(first.astype(int) - second.astype(int))
    assert np.array_equal(pixels(pins, "pin_difference"), apart)
    says = pins.findChild(QLabel, "pins_say")
    assert says is not None
    codes = [np.array(pin.code) for pin in shown.session.store.state.pins]
    assert f"{np.linalg.norm(codes[0] - codes[1]):.2f} apart" in says.text()


def test_a_pin_leads_back_to_its_place(shown: MainWindow, pins: Pins) -> None:
    listed = list_of(pins)
    listed.itemActivated.emit(listed.item(0))
    assert shown.session.store.state.probe == shown.session.store.state.pins[0].code


def test_pinning_by_the_keys_says_so_and_letting_go_can_be_undone(shown: MainWindow, pins: Pins) -> None:
    QTest.mouseClick(shown.plane, LEFT, pos=HERE + QPoint(20, 20))
    QTest.keyClick(shown.plane, Qt.Key.Key_D, CONTROL)
    assert [pin.name for pin in shown.session.store.state.pins] == ["A", "B", "C"]
    listed = list_of(pins)
    listed.setCurrentRow(1)
    listed.setFocus()
    QTest.keyClick(listed, Qt.Key.Key_Delete)
    assert [pin.name for pin in shown.session.store.state.pins] == ["A", "C"]
    assert "let go of B" in shown.actions_.undo.text()
    shown.actions_.undo.trigger()
    assert [listed.item(row).text() for row in range(listed.count())] == ["A", "B", "C"]


def test_without_two_there_is_nothing_to_compare(pins: Pins) -> None:
    list_of(pins).clearSelection()
    assert not picture(pins, "pin_difference").isVisible()
    says = pins.findChild(QLabel, "pins_say")
    assert says is not None
    assert "Choose two" in says.text()


def test_another_model_has_no_pins(shown: MainWindow, pins: Pins, trained: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.session.model_opened):
        shown.session.open_model(trained)
    assert list_of(pins).count() == 0


def test_a_place_that_is_pinned_already_is_named(shown: MainWindow, pins: Pins) -> None:
    shown.session.store.update(probe=shown.session.store.state.pins[0].code)
    shown.actions_.pin.trigger()
    assert "Pinned as A" in shown.notice.text()
    assert len(shown.session.store.state.pins) == 2
