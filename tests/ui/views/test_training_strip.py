from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.config import DataConfig, RunConfig
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.ui.views.training_strip import Phase, TrainingStrip

LEFT = Qt.MouseButton.LeftButton
CONFIG = RunConfig(data=DataConfig(source="sample:digits"))


@pytest.fixture
def strip(qtbot: QtBot) -> TrainingStrip:
    strip = TrainingStrip()
    qtbot.addWidget(strip)
    strip.resize(900, 36)
    return strip


@pytest.fixture
def running(strip: TrainingStrip) -> TrainingStrip:
    strip.on_started(CONFIG)
    strip.on_step(_step())
    return strip


def _step(step: int = 240, remaining_s: float | None = 12.4) -> TrainStep:
    return TrainStep(step, 1000, 12, 50, elapsed_s=3.0, remaining_s=remaining_s, images_per_s=31_400.0)


def _text(strip: TrainingStrip, name: str) -> str:
    label = strip.findChild(QLabel, name)
    assert label is not None
    return label.text()


def _button(strip: TrainingStrip, name: str) -> QPushButton:
    button = strip.findChild(QPushButton, name)
    assert button is not None
    return button


def _value(strip: TrainingStrip) -> int:
    bar = strip.findChild(QProgressBar)
    assert bar is not None
    return bar.value()


def test_it_takes_no_place_until_training_starts(strip: TrainingStrip) -> None:
    assert strip.isHidden()
    strip.on_started(CONFIG)
    assert strip.isVisible()
    assert _text(strip, "training_state") == "Starting…"
    assert not _button(strip, "pause").isEnabled()


def test_a_step_tells_progress_speed_and_time_left(running: TrainingStrip) -> None:
    assert _text(running, "training_state") == "Training"
    assert _text(running, "training_detail") == "Epoch 12/50 · 0:12 left · 31 k images/s"
    assert _value(running) == 240


def test_time_left_is_left_out_while_unknown(strip: TrainingStrip) -> None:
    strip.on_started(CONFIG)
    strip.on_step(_step(remaining_s=None))
    assert "left" not in _text(strip, "training_detail")


def test_pausing_is_seen_at_once_and_outlasts_a_late_step(running: TrainingStrip, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.pause_requested):
        QTest.mouseClick(_button(running, "pause"), LEFT)
    running.on_step(_step(241))
    assert _text(running, "training_state") == "Pausing…"
    running.on_paused(True)
    assert _text(running, "training_state") == "Paused"


def test_a_paused_training_is_resumed_by_the_same_button(running: TrainingStrip, qtbot: QtBot) -> None:
    running.on_paused(True)
    button = _button(running, "pause")
    assert button.text() == "Resume"
    with qtbot.waitSignal(running.resume_requested):
        QTest.mouseClick(button, LEFT)
    assert running.phase is Phase.RUNNING


def test_stopping_is_seen_at_once_and_cannot_be_asked_twice(running: TrainingStrip, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.stop_requested):
        QTest.mouseClick(_button(running, "stop"), LEFT)
    running.on_step(_step(241))
    running.on_paused(False)
    assert _text(running, "training_state") == "Stopping…"
    assert not _button(running, "stop").isEnabled()


@pytest.mark.parametrize(("finished", "says"), [(True, "Finished"), (False, "Stopped")])
def test_the_end_says_how_it_came(running: TrainingStrip, finished: bool, says: str) -> None:
    running.on_finished(TrainResult(step=1000, epoch=50, finished=finished))
    assert _text(running, "training_state") == says
    assert ("resumed" in _text(running, "training_detail")) is not finished
    assert not _button(running, "stop").isVisible()


def test_a_stopped_training_goes_on_at_a_click(running: TrainingStrip, qtbot: QtBot) -> None:
    running.on_finished(TrainResult(step=100, epoch=5, finished=False))
    button = _button(running, "pause")
    assert button.text() == "Resume"
    with qtbot.waitSignal(running.go_on_requested):
        QTest.mouseClick(button, LEFT)


End = Callable[[TrainingStrip], None]


@pytest.mark.parametrize(
    "end",
    [
        lambda strip: strip.on_finished(TrainResult(10, 1, finished=False, warning="The loss became NaN.")),
        lambda strip: strip.on_failed("The loss became NaN."),
    ],
)
def test_what_went_wrong_stands_there_as_a_warning(running: TrainingStrip, end: End) -> None:
    end(running)
    detail = running.findChild(QLabel, "training_detail")
    assert detail is not None
    assert (detail.text(), detail.property("role")) == ("The loss became NaN.", "warning")


def test_another_training_starts_afresh(running: TrainingStrip) -> None:
    running.on_failed("The loss became NaN.")
    running.on_started(CONFIG)
    assert (_value(running), running.phase) == (0, Phase.STARTING)
    assert _button(running, "stop").isVisible()


def test_another_model_on_show_ends_what_it_says_of_a_training(running: TrainingStrip) -> None:
    running.on_finished(TrainResult(step=240, epoch=12, finished=False, warning="The loss became infinite."))
    running.reset()
    assert running.isHidden()
    assert running.phase is Phase.IDLE
