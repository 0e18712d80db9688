"""How ranks meet, tell each other, and part."""

import threading

import numpy as np
import pytest

from tests.core.together import run_together, told
from tests.core.trainings import every_step, watch
from vae_explorer.core import meeting
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.errors import UserError
from vae_explorer.core.meeting import last_words, meet, part
from vae_explorer.core.ranks import joined, ranks


class Memory:
    """A board in memory."""

    def __init__(self):
        self.written: dict[str, bytes] = {}
        self.counts: dict[str, int] = {}
        self.lock = threading.Lock()

    def set(self, key, value, /):
        self.written[key] = value.encode()

    def get(self, key, /):
        return self.written[key]

    def check(self, keys, /):
        return all(key in self.written for key in keys)

    def add(self, key, amount, /):
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + amount
            return self.counts[key]


def at_once(size, work):
    """Call `work` with each rank on a thread of its own; return what each returned or raised."""
    outcomes: list[object] = [None] * size

    def run(rank):
        try:
            outcomes[rank] = work(rank)
        except Exception as error:  # noqa: BLE001  # it is what the test asks for
            outcomes[rank] = error

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_all_meet_by_one_word_and_the_next_time_by_another():
    board = Memory()
    first, again = [set(at_once(3, lambda rank: meet(board, rank, 3, 60.0))) for _ in range(2)]
    assert len(first) == len(again) == 1
    assert first != again


def test_whoever_is_left_of_an_earlier_attempt_is_not_taken_for_one_of_this():
    board = Memory()
    at_once(2, lambda rank: meet(board, rank, 2, 60.0))
    with pytest.raises(TimeoutError):
        meet(board, 0, 2, 0.1)


@pytest.mark.parametrize("rank", [0, 1])
def test_nobody_waits_longer_than_the_limit(rank):
    with pytest.raises(TimeoutError):
        meet(Memory(), rank, 2, 0.1)


@pytest.fixture
def parted(monkeypatch):
    """Return a function that lets some of three ranks part, each with a reason or none."""
    monkeypatch.setattr(meeting, "GRACE_S", 0.2)

    def parted(reasons):
        board = Memory()
        word = at_once(3, lambda rank: meet(board, rank, 3, 60.0))[0]
        return at_once(3, lambda rank: part(board, word, rank, 3, reasons[rank]) if rank in reasons else None)

    return parted


def test_of_those_that_are_left_one_tells_which_has_gone(parted):
    words = [said for said in parted({0: None, 2: None}) if said]
    assert len(words) == 1
    assert words[0].startswith("Rank 1 (process ")


def test_who_has_a_reason_tells_it_and_the_others_nothing(parted):
    first, second, third = parted({0: None, 1: "The disk is full.", 2: None})
    assert (first, third) == (None, None)
    assert second.startswith("Rank 1 (process ")
    assert second.endswith("ended: The disk is full.")
    assert parted({0: "The disk is full.", 1: None, 2: None}) == ["The disk is full.", None, None]


def test_the_reason_of_one_is_known_to_all():
    board = Memory()
    word = at_once(3, lambda rank: meet(board, rank, 3, 60.0))[0]
    assert last_words(board, word, 3) == ""
    reasons = {0: None, 1: "The disk is full.", 2: None}
    at_once(3, lambda rank: part(board, word, rank, 3, reasons[rank]))
    assert last_words(board, word, 3) == "The disk is full."


def test_ranks_that_have_lost_touch_say_so_once(parted):
    assert sorted(filter(None, parted(dict.fromkeys(range(3))))) == ["The 3 ranks have lost touch with each other."]


def test_alone_there_is_nobody_to_ask():
    with joined() as here:
        assert here.alone
        assert here.is_chief
        assert here.from_chief(lambda: b"word") == b"word"
        assert here.any(True)
    assert ranks().alone


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(monkeypatch, seconds):
    for name, value in (told(0, 2, 1) | {"VAE_EXPLORER_RENDEZVOUS_S": seconds}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=f"VAE_EXPLORER_RENDEZVOUS_S is “{seconds}”"), joined():
        pass


def converse():
    """Run on each rank: what it learns from the others."""
    here = ranks()
    refused = ""
    try:
        here.from_chief(refuse)
    except UserError as error:
        refused = str(error)
    if not here.is_chief:
        here.announce("ready")
    here.await_announced("ready", lambda: False)
    return {
        "ranks": [here.rank, here.size, here.local_rank, here.alone],
        "word": here.from_chief(lambda: b"from the chief" if here.is_chief else b"").decode(),
        "nothing": here.from_chief(bytes) == b"",
        "any": [here.any(here.rank == 1), here.any(False)],
        "refused": refused,
    }


def refuse():
    msg = "There is no room."
    raise UserError(msg)


def the_images(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 8, 8, 1), np.uint8)
    return ImageSet("/images", "images", pixels, ("",) * 20, None, (), shape=ImageShape(8, 1))


def train_on_others():
    """Train on images that aren't the same on all ranks."""
    images = the_images(seed=ranks().rank)
    config = configure(images, settings={"epochs": 1, "batch_size": 8, "hidden": "8", "device": "cpu"})
    with pytest.raises(UserError, match="isn't the same on all machines") as refused:
        watch(config, images, None, every_step())
    return str(refused.value)


def converse_and_train():
    return [converse(), train_on_others()]


def test_ranks_tell_each_other_and_refuse_unequal_images():
    (first, _), (second, _) = run_together("tests.core.test_ranks:converse_and_train", 2)
    assert first.pop("ranks") == [0, 2, 0, False]
    assert second.pop("ranks") == [1, 2, 1, False]
    assert first == second
    assert first == {
        "word": "from the chief",
        "nothing": True,
        "any": [True, False],
        "refused": "There is no room.",
    }
