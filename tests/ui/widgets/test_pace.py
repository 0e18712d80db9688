from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.pace import Pace


@pytest.fixture
def pace(qapp: QApplication) -> Iterator[Pace]:
    owner = QObject()
    yield Pace(owner, 40)
    owner.deleteLater()


@pytest.fixture
def drawn(pace: Pace) -> list[str]:
    """One entry for each drawing; as in the plane, drawing draws all there is."""
    drawn: list[str] = []
    pace.due.connect(lambda: drawn.append("drawn"))
    pace.due.connect(pace.forget)
    return drawn


def test_the_first_piece_is_drawn_at_once(pace: Pace, drawn: list[str]) -> None:
    pace.ask()
    assert drawn == ["drawn"]
    assert not pace.waits


def test_pieces_that_follow_are_drawn_together(pace: Pace, drawn: list[str], qtbot: QtBot) -> None:
    for _ in range(10):
        pace.ask()
    assert drawn == ["drawn"]
    assert pace.waits
    qtbot.waitUntil(lambda: len(drawn) == 2)
    assert not pace.waits


def test_what_is_drawn_anyway_is_not_drawn_again(pace: Pace, drawn: list[str], qtbot: QtBot) -> None:
    pace.ask()
    pace.ask()
    pace.forget()
    assert not pace.waits
    pace.ask()
    assert drawn == ["drawn", "drawn"]


def test_what_is_awaited_is_drawn_at_once_with_what_waited(pace: Pace, drawn: list[str], qtbot: QtBot) -> None:
    pace.ask()
    pace.ask()
    pace.ask(is_awaited=True)
    assert drawn == ["drawn", "drawn"]
    pace.ask()
    assert drawn == ["drawn", "drawn"]
    qtbot.waitUntil(lambda: len(drawn) == 3)


def test_where_nothing_more_arrives_nothing_more_is_drawn(pace: Pace, qtbot: QtBot) -> None:
    drawn: list[str] = []
    pace.due.connect(lambda: drawn.append("drawn"))  # without forgetting what waits
    pace.ask()
    pace.ask()
    qtbot.waitUntil(lambda: len(drawn) == 2)
    qtbot.wait(120)
    assert len(drawn) == 2
    assert not pace.waits
