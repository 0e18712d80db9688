import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.knob_slider import PRIOR_RANGE, KnobSlider, widened

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot: QtBot) -> KnobSlider:
    slider = KnobSlider()
    qtbot.addWidget(slider)
    slider.resize(200, 24)
    slider.show()
    return slider


def _at(slider: KnobSlider, value: float) -> QPoint:
    return QPoint(round(slider.position_of(value)), 12)


def _wheel(slider: KnobSlider) -> None:
    here = QPointF(100, 12)
    none = Qt.MouseButton.NoButton
    up = QPoint(0, 120)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(here, here, QPoint(), up, none, Qt.KeyboardModifier.NoModifier, phase, False)
    QApplication.sendEvent(slider, event)


def test_position_and_value_are_inverse(slider: KnobSlider) -> None:
    for value in np.linspace(*PRIOR_RANGE, 7):
        assert slider.value_at(slider.position_of(value)) == pytest.approx(value)


def test_dragging_moves_live_and_stops_with_the_button(slider: KnobSlider) -> None:
    seen: list[float] = []
    slider.moved.connect(seen.append)
    QTest.mousePress(slider, LEFT, pos=_at(slider, -1))
    QTest.mouseMove(slider, _at(slider, 1))
    QTest.mouseMove(slider, _at(slider, 2))
    QTest.mouseRelease(slider, LEFT, pos=_at(slider, 2))
    QTest.mouseMove(slider, _at(slider, -2))
    assert seen == pytest.approx([-1, 1, 2], abs=0.02)
    assert slider.value == seen[-1]


def test_a_drag_beyond_the_end_is_held_to_the_range(slider: KnobSlider) -> None:
    QTest.mousePress(slider, LEFT, pos=_at(slider, 0))
    QTest.mouseMove(slider, QPoint(500, 12))
    assert slider.value == PRIOR_RANGE[1]


def test_double_click_goes_back_to_zero(slider: KnobSlider, qtbot: QtBot) -> None:
    slider.set_value(1.5)
    with qtbot.waitSignal(slider.moved) as moved:
        QTest.mouseDClick(slider, LEFT, pos=_at(slider, -2))
    assert moved.args == [0.0]
    QTest.mouseMove(slider, _at(slider, 2))
    assert slider.value == 0


@pytest.mark.parametrize(
    ("key", "modifier", "moved"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 0.06),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, -0.06),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, 0.6),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, -0.6),
    ],
)
def test_keys_step_by_a_share_of_the_range(
    slider: KnobSlider, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, moved: float
) -> None:
    QTest.keyClick(slider, key, modifier)
    assert slider.value == pytest.approx(moved)


def test_setting_a_value_tells_nobody(slider: KnobSlider, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(slider.moved):
        slider.set_value(2.0)


def test_the_wheel_steps_only_when_focused(slider: KnobSlider, qtbot: QtBot) -> None:
    slider.clearFocus()
    _wheel(slider)
    assert slider.value == 0
    slider.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    _wheel(slider)
    assert slider.value > 0


def test_the_range_stays_while_dragging_and_follows_the_data_afterwards(slider: KnobSlider) -> None:
    QTest.mousePress(slider, LEFT, pos=_at(slider, 1))
    slider.set_data(np.array([-10, 10], np.float32), np.ones(48, np.float32))
    assert slider.range == PRIOR_RANGE
    QTest.mouseRelease(slider, LEFT, pos=_at(slider, 1))
    assert slider.range == pytest.approx((-12, 12))


def test_a_collapsed_dimension_still_has_room() -> None:
    low, high = widened(0.1, 0.1)
    assert (low, high) == pytest.approx((-0.9, 1.1))


def test_it_paints_the_histogram_and_a_value_beyond_the_range(slider: KnobSlider) -> None:
    before = slider.grab().toImage()
    slider.set_data(np.array([-3, 3], np.float32), np.linspace(0, 1, 48, dtype=np.float32))
    with_data = slider.grab().toImage()
    slider.set_value(50.0)
    assert before != with_data
    assert slider.grab().toImage() != with_data
