"""What several ranks agree on, as one of them sees it."""

import threading

import pytest

from vae_explorer.core.agreement import AgreedSchedule
from vae_explorer.core.progress import Control
from vae_explorer.core.ranks import Ranks


class Another(Ranks):
    """A rank that isn't the chief, and hears of the others what the test says."""

    rank = 1
    size = 2

    def __init__(self):
        self.others = [0.0] * 12
        self.asked_often = 0

    def add_up(self, tensor):
        self.asked_often += 1
        tensor += tensor.new_tensor(self.others) if tensor.numel() == len(self.others) else 0
        return tensor


@pytest.fixture
def clock(monkeypatch):
    times = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: times[0])
    return times


def test_the_chief_says_what_is_due_by_its_clock(clock):
    schedule = AgreedSchedule(Control(report_every_s=1.0), Ranks())
    schedule.agree(epoch_ended=True)
    assert schedule.report_is_due()
    schedule.reported()
    schedule.agree(epoch_ended=True)
    assert not schedule.report_is_due()
    assert not schedule.save_is_due(epoch_ended=True)
    clock[0] += 6.0
    schedule.agree(epoch_ended=True)
    assert schedule.report_is_due()
    assert schedule.save_is_due(epoch_ended=True)
    assert not schedule.save_is_due(epoch_ended=False)


def test_others_do_what_the_chief_says_whatever_their_clock_says(clock):
    chief = AgreedSchedule(Control(report_every_s=1.0), Ranks())
    here = Another()
    schedule = AgreedSchedule(Control(report_every_s=1.0), here)
    clock[0] += 60.0
    schedule.agree(epoch_ended=True)
    assert not schedule.report_is_due()
    here.others = chief._wishes()
    schedule.agree(epoch_ended=True)
    assert schedule.report_is_due()
    assert schedule.save_is_due(epoch_ended=False)


def test_all_agree_after_as_many_steps_as_take_a_moment(clock):
    schedule = AgreedSchedule(Control(report_every_s=1.0), ranks := CountingChief())
    for _ in range(1000):
        schedule.agree(epoch_ended=False)
        clock[0] += 0.001
    assert 20 <= ranks.asked <= 40
    before = ranks.asked
    schedule.agree(epoch_ended=True)
    assert ranks.asked == before + 1


class CountingChief(Ranks):
    asked = 0

    def add_up(self, tensor):
        self.asked += 1
        return tensor


def test_between_agreements_nothing_is_due(clock):
    schedule = AgreedSchedule(Control(report_every_s=0.1), Ranks())
    for _ in range(200):
        schedule.agree(epoch_ended=False)
        clock[0] += 0.001
    dues = 0
    for _ in range(100):
        schedule.agree(epoch_ended=False)
        dues += schedule.report_is_due()
        clock[0] += 0.001
        if schedule.report_is_due():
            schedule.reported()
    assert dues == 1


@pytest.mark.parametrize("who", [Ranks, Another])
def test_any_rank_can_stop_all(who):
    asked = Control()
    schedule = AgreedSchedule(asked, who())
    asked.stop()
    assert not schedule.control.cancel.is_set()
    schedule.agree(epoch_ended=True)
    assert schedule.control.cancel.is_set()


def test_a_pause_lasts_until_the_one_who_asked_for_it_goes_on():
    asked = Control()
    schedule = AgreedSchedule(asked, Ranks())
    asked.running.clear()
    schedule.agree(epoch_ended=True)
    assert not schedule.control.running.is_set()
    timer = threading.Timer(0.05, asked.running.set)
    timer.start()
    schedule.wait_while_paused()
    timer.join()
    assert schedule.control.running.is_set()


def test_all_take_the_weight_that_the_chief_is_asked_for():
    asked, here = Control(weight=3.0), Another()
    chief = AgreedSchedule(asked, Ranks())
    schedule = AgreedSchedule(Control(), here)
    here.others = chief._wishes()
    schedule.agree(epoch_ended=True)
    assert schedule.control.weight == 3.0
