from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.config import DataConfig, RunConfig
from vae_explorer.core.presence import Beat
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.core.run_folder import RunStatus
from vae_explorer.core.watching import Glimpse
from vae_explorer.ui.views.training_strip import NEWS_MS, Phase, TrainingStrip

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


def test_steps_that_follow_fast_are_told_together(running: TrainingStrip, qtbot: QtBot) -> None:
    for step in (250, 260, 270):
        running.on_step(_step(step))
    assert _value(running) == 240
    qtbot.waitUntil(lambda: _value(running) == 270)


def test_how_far_it_is_doesnt_overwrite_how_it_ended(running: TrainingStrip, qtbot: QtBot) -> None:
    running.on_step(_step(250))
    running.on_finished(TrainResult(step=250, epoch=12, finished=False))
    told = _text(running, "training_detail")
    qtbot.wait(2 * NEWS_MS)
    assert _text(running, "training_detail") == told


def test_a_pause_tells_how_far_it_is(running: TrainingStrip) -> None:
    running.on_step(_step(250))
    running.on_paused(True)
    assert _value(running) == 250


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


BEAT = Beat(host="node7", pid=42, token="t", step=1240, total_steps=5000, epoch=12, epochs=50, remaining_s=12.4,
            images_per_s=31_400.0)  # fmt: skip


def _glimpse(state: Any, beat: Beat | None = BEAT, saved: Any = "resumable") -> Glimpse:
    return Glimpse(state, RunStatus(saved, 1240, 11, 50), beat)


def test_a_training_elsewhere_is_told_with_its_host_and_cannot_be_steered(strip: TrainingStrip) -> None:
    strip.on_glimpsed(_glimpse("training"))
    assert _text(strip, "training_state") == "Trains elsewhere"
    words = "on node7 (process 42) · epoch 12/50 · step 1\u202f240 · 0:12 left · 31 k images/s"
    assert _text(strip, "training_detail") == words
    assert _value(strip) == 248
    assert not any(_button(strip, name).isVisible() for name in ("pause", "stop"))


@pytest.mark.parametrize(
    ("state", "says", "detail"),
    [("paused", "Paused elsewhere", "epoch 12/50"), ("silent", "Silent", "nothing is heard of node7 (process 42)"),
     ("resting", "Stopped", "after 11 epochs · it can be resumed")],
)  # fmt: skip
def test_what_becomes_of_a_training_elsewhere_is_told(strip: TrainingStrip, state: str, says: str, detail: str) -> None:
    strip.on_glimpsed(_glimpse("training"))
    strip.on_glimpsed(_glimpse(state, BEAT.model_copy(update={"paused": state == "paused"})))
    assert _text(strip, "training_state") == says
    assert detail in _text(strip, "training_detail")
    assert not any(_button(strip, name).isVisible() for name in ("pause", "stop"))


def test_a_training_elsewhere_that_is_done_is_finished(strip: TrainingStrip) -> None:
    strip.on_glimpsed(_glimpse("training"))
    strip.on_glimpsed(_glimpse("resting", saved="finished"))
    assert _text(strip, "training_state") == "Finished"
    assert not strip.is_watching


def test_a_folder_that_is_gone_is_told_where_it_was_watched(strip: TrainingStrip) -> None:
    strip.on_lost("It is gone.")
    assert strip.phase is Phase.IDLE
    strip.on_glimpsed(_glimpse("training"))
    strip.on_lost("It is gone.")
    assert (_text(strip, "training_state"), _text(strip, "training_detail")) == ("Lost", "It is gone.")
    strip.on_glimpsed(_glimpse("training"))
    assert _text(strip, "training_state") == "Trains elsewhere"


@pytest.mark.parametrize("glimpse", [_glimpse("resting", None), _glimpse("silent"), _glimpse("training", None)])
def test_a_run_that_nobody_trains_is_not_told_of(strip: TrainingStrip, glimpse: Glimpse) -> None:
    strip.on_glimpsed(glimpse)
    assert strip.isHidden()


def test_a_trainer_that_has_not_begun_is_starting(strip: TrainingStrip) -> None:
    strip.on_glimpsed(_glimpse("training", Beat(host="node7", pid=42, token="t")))
    assert _text(strip, "training_detail") == "on node7 (process 42) · starting"
