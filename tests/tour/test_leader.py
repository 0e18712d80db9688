import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from vae_explorer.tour.leader import ONE_TURN, Leader, Steps, Unexpected, Until


@pytest.fixture
def parent(qapp: QObject) -> QObject:
    return QObject()


def how_it_ends(qtbot: QtBot, steps: Steps, parent: QObject) -> str:
    leader = Leader(steps, parent)
    with qtbot.waitSignal(leader.ended) as ended:
        pass
    assert ended.args is not None
    return str(ended.args[0])


def test_steps_are_taken_in_order_once_what_they_wait_for_is_there(qtbot: QtBot, parent: QObject) -> None:
    taken: list[str] = []

    def steps() -> Steps:
        taken.append("first")
        yield ONE_TURN
        taken.append("second")
        yield Until("both", lambda: len(taken) == 2)
        taken.append("third")

    assert how_it_ends(qtbot, steps(), parent) == ""
    assert taken == ["first", "second", "third"]


def test_what_never_comes_ends_the_tour_in_a_sentence(qtbot: QtBot, parent: QObject) -> None:
    def steps() -> Steps:
        yield Until("rain", lambda: False, 0.05)

    assert how_it_ends(qtbot, steps(), parent) == "The tour ended early: it waited 0 s in vain for rain."


def test_the_unexpected_ends_the_tour_in_a_sentence(qtbot: QtBot, parent: QObject) -> None:
    def steps() -> Steps:
        yield ONE_TURN
        msg = "the button is gone"
        raise Unexpected(msg)

    assert how_it_ends(qtbot, steps(), parent) == "The tour ended early: the button is gone."


def test_a_failure_is_told_once(qtbot: QtBot, parent: QObject) -> None:
    def steps() -> Steps:
        yield Until("rain", lambda: False)

    leader = Leader(steps(), parent)
    told: list[str] = []
    leader.ended.connect(told.append)
    leader.fail("it snows")
    leader.fail("it hails")
    assert told == ["The tour ended early: it snows."]
