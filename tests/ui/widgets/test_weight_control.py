from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QSlider
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.weight_control import WeightControl


@pytest.fixture
def control(qtbot: QtBot) -> WeightControl:
    control = WeightControl()
    qtbot.addWidget(control)
    control.resize(400, 40)
    control.show()
    return control


@pytest.fixture
def chosen(control: WeightControl) -> list[float]:
    chosen: list[float] = []
    control.weight_chosen.connect(chosen.append)
    return chosen


def slider(control: WeightControl) -> QSlider:
    found = control.findChild(QSlider, "regulariser_weight")
    assert found is not None
    return found


def switch(control: WeightControl) -> QCheckBox:
    found = control.findChild(QCheckBox, "regulariser_switch")
    assert found is not None
    return found


def says(control: WeightControl) -> str:
    found = control.findChild(QLabel, "regulariser_value")
    assert found is not None
    return found.text()


def test_it_waits_for_a_training_and_says_so(control: WeightControl) -> None:
    assert not control.isEnabled()
    assert "while training runs" in control.toolTip()


def test_sliding_multiplies_the_weight(control: WeightControl, chosen: list[float]) -> None:
    control.unlock("beta", 4.0)
    assert says(control) == "β = 4"
    slider(control).setFocus()
    for _ in range(100):
        QTest.keyClick(slider(control), Qt.Key.Key_Right)
    assert chosen[-1] == pytest.approx(10)
    assert says(control) == "β = 40"


def test_switching_off_is_weight_zero_and_on_again_is_what_it_was(control: WeightControl, chosen: list[float]) -> None:
    control.unlock("beta", 1.0)
    control.show_weight(0.1)
    switch(control).click()
    assert says(control) == "β = 0"
    switch(control).click()
    assert chosen == pytest.approx([0, 0.1])


def test_sliding_switches_on(control: WeightControl, chosen: list[float]) -> None:
    control.unlock(None, None)
    switch(control).click()
    QTest.keyClick(slider(control), Qt.Key.Key_Right)
    assert switch(control).isChecked()
    assert chosen[-1] == pytest.approx(10**0.01)
    assert says(control).startswith("× ")


def test_showing_what_is_so_tells_nobody(control: WeightControl, chosen: list[float]) -> None:
    control.unlock("gamma", 10.0)
    control.show_weight(0.0)
    assert not switch(control).isChecked()
    control.show_weight(2.0)
    assert says(control) == "γ = 20"
    assert chosen == []
