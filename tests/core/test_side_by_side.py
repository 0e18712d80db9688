import threading

import pytest

from tests.patience import PATIENCE_S
from vae_explorer.core.side_by_side import side_by_side


def test_so_many_threads_work_at_once():
    meeting, seen = threading.Barrier(3), set()

    def work():
        meeting.wait(PATIENCE_S)
        seen.add(threading.get_ident())

    side_by_side(work, 3)
    assert len(seen) == 3
    assert threading.get_ident() in seen


def test_what_goes_wrong_on_another_thread_is_raised_here_once_all_have_ended():
    here, over = threading.get_ident(), []

    def work():
        if threading.get_ident() != here:
            over.append("other")
            raise ValueError("not enough")
        over.append("here")

    with pytest.raises(ValueError, match="not enough"):
        side_by_side(work, 2)
    assert sorted(over) == ["here", "other"]


def test_one_thread_is_this_one():
    seen = []
    side_by_side(lambda: seen.append(threading.get_ident()), 1)
    assert seen == [threading.get_ident()]
