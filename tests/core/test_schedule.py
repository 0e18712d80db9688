from typing import Any

import pytest

from vae_explorer.core import schedule
from vae_explorer.core.history import History
from vae_explorer.core.meter import Meter, Pace
from vae_explorer.core.progress import Control, TrainStep
from vae_explorer.core.schedule import Schedule, give_way


class Clock:
    """A clock that moves when it is told to, and when somebody waits."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return False


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock.monotonic)
    return clock


def test_reports_come_by_time(clock):
    due = Schedule(Control(report_every_s=0.1))
    assert due.report_is_due()
    due.reported()
    assert not due.report_is_due()
    clock.now += 0.11
    assert due.report_is_due()


def test_snapshots_come_by_time_and_only_where_asked_for(clock):
    due = Schedule(Control(snapshot_every_s=0.5))
    none = Schedule(Control())
    clock.now += 0.6
    assert due.snapshot_is_due()
    assert due.publishes
    due.published()
    assert not due.snapshot_is_due()
    clock.now += 1e9
    assert not none.snapshot_is_due()
    assert not none.publishes


def test_weights_for_watchers_come_by_time_and_take_a_hundredth_of_it_at_most(clock):
    due, none = Schedule(Control(publish_every_s=5.0)), Schedule(Control(publish_every_s=None))
    clock.now += 4.9
    assert not due.watchers_are_due()
    clock.now += 0.2
    assert due.watchers_are_due()
    due.wrote_for_watchers(took_s=0.2)
    clock.now += 19
    assert not due.watchers_are_due()
    clock.now += 2
    assert due.watchers_are_due()
    due.saved(took_s=0.1)  # which writes them too
    assert not due.watchers_are_due()
    assert not none.watchers_are_due()


def test_saves_come_at_the_ends_of_epochs_and_else_every_half_minute(clock):
    due = Schedule(Control())
    due.saved(took_s=0.01)
    clock.now += 4
    assert not due.save_is_due(epoch_ended=True)
    clock.now += 2
    assert due.save_is_due(epoch_ended=True)
    assert not due.save_is_due(epoch_ended=False)
    clock.now += 25
    assert due.save_is_due(epoch_ended=False)


def test_a_slow_disk_is_written_to_less_often(clock):
    due = Schedule(Control())
    due.saved(took_s=3)
    clock.now += 59
    assert not due.save_is_due(epoch_ended=True)
    clock.now += 2
    assert due.save_is_due(epoch_ended=True)


def test_copies_to_fall_back_on_are_frequent_at_first(clock):
    due = Schedule(Control(report_every_s=0.1))
    taken = []
    for tenth in range(100):
        if due.copy_is_due():
            taken.append(tenth)
        clock.now += 0.1
    assert taken[:4] == [0, 1, 2, 3]
    assert taken[-1] - taken[-2] == 10


def make_control(clock, **wishes):
    control = Control(**wishes)
    control.cancel.wait = clock.wait  # type: ignore[method-assign]
    return control


def test_giving_way_lasts_until_the_person_is_done(clock):
    control = make_control(clock)
    control.give_way(0.05)
    give_way(control)
    assert clock.now == pytest.approx(1000.05)
    give_way(control)
    assert clock.now == pytest.approx(1000.05)


def test_giving_way_never_stops_training_for_long(clock):
    control = make_control(clock)
    control.give_way(60)
    give_way(control)
    assert clock.now == pytest.approx(1000 + schedule.GIVE_WAY_AT_MOST_S)


def test_a_stop_is_not_kept_waiting():
    control = Control()
    control.give_way(1e9)
    control.stop()
    give_way(control)


def test_pace_is_that_of_the_last_seconds(clock):
    pace = Pace(elapsed_s=10, step=100)
    assert pace.steps_per_s() == 0
    assert pace.remaining_s(50) is None
    for step in range(110, 310, 10):
        clock.now += 1
        pace.mark(step)
    assert pace.elapsed_s == pytest.approx(30)
    assert pace.steps_per_s() == pytest.approx(10)
    for step in range(320, 520, 20):
        clock.now += 1
        pace.mark(step)
    assert pace.steps_per_s() == pytest.approx(20)
    assert pace.remaining_s(40) == pytest.approx(2)


def test_pauses_do_not_count(clock):
    pace = Pace(0, 0)
    clock.now += 1
    pace.mark(10)
    clock.now += 100
    pace.skip(100)
    clock.now += 1
    pace.mark(20)
    assert pace.elapsed_s == pytest.approx(2)
    assert pace.steps_per_s() == pytest.approx(10)


def test_terms_are_means_over_images_not_over_batches():
    import torch

    meter = Meter()
    meter.add({"loss": torch.tensor([1.0, 1.0, 1.0]), "of_batch": torch.tensor(4.0), "kl_per_dim": torch.ones(3, 2)}, 3)
    meter.add({"loss": torch.tensor([5.0]), "of_batch": torch.tensor(8.0), "kl_per_dim": torch.ones(1, 2)}, 1)
    assert meter.images == 4
    assert meter.take() == {"loss": 2.0, "of_batch": 5.0}
    assert meter.take() == {}


def test_a_few_images_are_told_of_together_with_those_before():
    import torch

    def of(loss: float, images: int, least: int) -> float:
        meter.add({"loss": torch.full((images,), loss)}, images)
        return meter.take(least)["loss"]

    meter = Meter()
    assert of(9.0, 4, least=10) == 9.0
    assert of(3.0, 8, least=10) == 5.0
    assert of(11.0, 2, least=10) == pytest.approx((8 * 3 + 2 * 11) / 10)
    assert of(2.0, 10, least=10) == 2.0
    assert of(7.0, 1, least=0) == 7.0
    assert meter.take(10) == {}


class Lines:
    """A run folder that keeps its history in memory."""

    def __init__(self):
        self.lines: list[dict[str, Any]] = []

    def append_history(self, line):
        self.lines.append(line)

    def truncate_history(self, step):
        self.lines = [line for line in self.lines if line["step"] <= step]


def moment(step, elapsed_s, loss=1.0, validation=None, *, is_best=False):
    terms = {"loss": loss}
    return TrainStep(step, 10**6, 1, 10, elapsed_s, None, 0.0, terms, validation, is_best)


def test_history_grows_slower_the_longer_training_goes_on():
    folder = Lines()
    history = History(folder)  # type: ignore[arg-type]
    for tenth in range(1, 36_000):
        history.add(moment(tenth, tenth / 10), images=1)
    assert 2000 < len(folder.lines) < 5000
    assert folder.lines[9]["step"] == 10


def test_lines_left_out_are_in_the_mean_of_the_next():
    folder = Lines()
    history = History(folder)  # type: ignore[arg-type]
    history.add(moment(1, 1000.0), images=1)
    history.add(moment(2, 1000.1, loss=4.0), images=3)
    history.add(moment(3, 1010.0, loss=8.0), images=1)
    assert [(line["step"], line["training"]["loss"]) for line in folder.lines] == [(1, 1.0), (3, 5.0)]


def test_the_best_validation_is_always_written():
    folder = Lines()
    history = History(folder)  # type: ignore[arg-type]
    history.add(moment(1, 1000.0), images=1)
    history.add(moment(2, 1000.1, validation={"loss": 3.0}, is_best=True), images=1)
    history.add(moment(3, 1000.2, validation={"loss": 9.0}), images=1)
    assert [line["is_best"] for line in folder.lines] == [False, True]
