from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.class_knob import ClassKnob


@pytest.fixture
def knob(qtbot: QtBot) -> ClassKnob:
    knob = ClassKnob()
    qtbot.addWidget(knob)
    knob.offer(("cat", "dog", "owl"))
    knob.show()
    return knob


@pytest.fixture
def chosen(knob: ClassKnob) -> list[int]:
    chosen: list[int] = []
    knob.chosen.connect(chosen.append)
    return chosen


def turn_wheel(knob: ClassKnob, notches: int) -> None:
    middle = QPointF(knob.box.rect().center())
    no_button, no_key, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    at = QPointF(knob.box.mapToGlobal(middle))
    event = QWheelEvent(middle, at, QPoint(), QPoint(0, 120 * notches), no_button, no_key, phase, False)
    QApplication.sendEvent(knob.box, event)


def test_arrow_keys_and_wheel_step_through_the_classes(knob: ClassKnob, chosen: list[int]) -> None:
    QTest.keyClick(knob.box, Qt.Key.Key_Down)
    QTest.keyClick(knob.box, Qt.Key.Key_Down)
    QTest.keyClick(knob.box, Qt.Key.Key_Up)
    turn_wheel(knob, -1)
    assert chosen == [1, 2, 1, 2]
    assert knob.box.currentText() == "owl"


def test_a_class_is_found_by_its_name(knob: ClassKnob, chosen: list[int]) -> None:
    QTest.keyClicks(knob.box, "ow")
    assert chosen == [2]


def test_what_is_shown_is_not_told(knob: ClassKnob, chosen: list[int]) -> None:
    knob.show_class(2)
    knob.offer(("red", "green"))
    assert chosen == []
    assert knob.box.count() == 2


def test_without_classes_it_hides(knob: ClassKnob) -> None:
    knob.offer(())
    assert not knob.isVisible()
    knob.offer(("red",))
    assert knob.isVisible()


def test_there_may_be_a_thousand_with_names_of_all_kinds(knob: ClassKnob, chosen: list[int]) -> None:
    knob.offer(("caf\udce9", "a name " * 40, *map(str, range(998))))
    knob.resize(240, knob.height())
    knob.show_class(999)
    QTest.keyClick(knob.box, Qt.Key.Key_Home)
    assert chosen == [0]
    assert knob.box.currentText() == "caf�"
    assert knob.minimumSizeHint().width() < 240
    knob.box.showPopup()
    assert knob.box.view().isVisible()
    knob.box.hidePopup()
