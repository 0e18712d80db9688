from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from vae_explorer.core.errors import UserError
from vae_explorer.core.progress import Control, TrainResult, TrainStep
from vae_explorer.services.training import SNAPSHOT_EVERY_S, TrainingService

Steps = Generator[TrainStep, None, TrainResult]


class FakeTraining:
    """Steps until it is stopped, as `core.training.train` does: pauses and stops are seen between steps."""

    def __init__(self, steps: int = sys.maxsize) -> None:
        self.steps = steps
        self.done = 0
        self.control: Control | None = None
        self.waits = threading.Event()
        """Set while it is paused."""
        self.threads: set[int] = set()

    def __call__(self, control: Control) -> Steps:
        self.control = control
        self.threads.add(threading.get_ident())
        while self.done < self.steps and not control.cancel.is_set():
            if not control.running.is_set():
                self.waits.set()
                assert control.running.wait(PATIENCE_S)
                self.waits.clear()
                continue
            self.done += 1
            if self.done % 1000 == 1:
                yield moment(self.done)
                control.cancel.wait(0.001)  # else moments could come faster than they are heard, for ever
        return TrainResult(self.done, 1, finished=self.done >= self.steps)


def moment(step: int) -> TrainStep:
    return TrainStep(step, 1_000_000, 1, 1, 0.0, None, 0.0)


@pytest.fixture
def service(qapp: QApplication) -> Iterator[TrainingService]:
    service = TrainingService()
    yield service
    service.close()


def test_steps_and_the_end_are_told_here_while_it_trains_elsewhere(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining(steps=5000)
    told: list[tuple[int, int]] = []
    service.stepped.connect(lambda step: told.append((step.step, threading.get_ident())))
    with qtbot.waitSignal(service.finished) as finished:
        service.start(training)
        assert service.running
    assert finished.args == [TrainResult(5000, 1, finished=True)]
    assert told == [(step, threading.get_ident()) for step in (1, 1001, 2001, 3001, 4001)]
    assert training.threads.isdisjoint({threading.get_ident()})
    assert not service.running


def test_the_window_asks_for_snapshots(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining(steps=1)
    with qtbot.waitSignal(service.finished):
        service.start(training)
    assert training.control is not None
    assert training.control.snapshot_every_s == SNAPSHOT_EVERY_S


def test_a_pause_holds_until_it_is_resumed(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    with qtbot.waitSignal(service.paused_changed) as paused:
        service.pause()
    assert paused.args == [True]
    assert service.paused
    assert training.waits.wait(PATIENCE_S)
    stood_at = training.done
    with qtbot.waitSignal(service.stepped, check_params_cb=lambda step: step.step > stood_at):
        service.resume()
    assert not service.paused


def test_stop_ends_it_and_keeps_the_result(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    with qtbot.waitSignal(service.finished) as finished:
        service.stop()
    assert finished.args == [TrainResult(training.done, 1, finished=False)]


def test_stop_ends_a_pause(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    service.pause()
    assert training.waits.wait(PATIENCE_S)
    with qtbot.waitSignal(service.finished):
        service.stop()
    assert not service.paused


def test_whoever_moves_something_goes_before_training(service: TrainingService, qtbot: QtBot) -> None:
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    assert training.control is not None
    assert training.control.give_way_until == 0
    service.give_way(1.0)
    assert training.control.give_way_until > 0


def test_only_one_training_runs(service: TrainingService) -> None:
    service.start(FakeTraining())
    with pytest.raises(RuntimeError, match="under way"):
        service.start(FakeTraining())


def test_a_failure_is_told_and_the_next_training_may_start(service: TrainingService, qtbot: QtBot) -> None:
    def fail(control: Control) -> Steps:
        yield moment(1)
        msg = "The device ran out of memory; lower the batch size or the image size."
        raise UserError(msg)

    finished: list[TrainResult] = []
    service.finished.connect(finished.append)
    with qtbot.waitSignal(service.failed) as failed:
        service.start(fail)
    assert failed.args == ["The device ran out of memory; lower the batch size or the image size."]
    assert finished == []
    assert not service.running
    with qtbot.waitSignal(service.finished):
        service.start(FakeTraining(steps=1))


def test_without_a_training_there_is_nothing_to_steer(service: TrainingService) -> None:
    told: list[bool] = []
    service.paused_changed.connect(told.append)
    service.pause()
    service.resume()
    service.stop()
    service.give_way(1.0)
    assert told == []
    assert not service.paused


def test_closing_stops_a_paused_training_and_waits_for_its_end(qtbot: QtBot) -> None:
    service = TrainingService()
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    service.pause()
    assert training.waits.wait(PATIENCE_S)
    service.close()
    assert not training.waits.is_set()


def test_the_weight_is_steered_while_training_runs_and_one_again_with_the_next(
    service: TrainingService, qtbot: QtBot
) -> None:
    told: list[float] = []
    service.weight_changed.connect(told.append)
    service.set_weight(5.0)
    assert service.weight == 1
    training = FakeTraining()
    with qtbot.waitSignal(service.stepped):
        service.start(training)
    service.set_weight(0.0)
    assert training.control is not None
    assert training.control.weight == 0
    with qtbot.waitSignal(service.finished):
        service.stop()
    assert told == [0]
    with qtbot.waitSignal(service.finished):
        service.start(FakeTraining(steps=1))
    assert told == [0, 1]


def test_a_run_that_goes_on_tells_the_weight_that_it_had(service: TrainingService, qtbot: QtBot) -> None:
    def resumed(_control: Control) -> Steps:
        yield TrainStep(7, 10, 1, 1, 0.0, None, 0.0, weight=0.25)
        return TrainResult(10, 1, finished=True)

    with qtbot.waitSignal(service.weight_changed) as told, qtbot.waitSignal(service.finished):
        service.start(resumed)
    assert told.args == [0.25]
