from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from vae_explorer.core.errors import UserError
from vae_explorer.services.cost import CostService


class Estimator:
    """Stands in for the engine: answers with the number of the question, once the gate lets it."""

    def __init__(self, gate: Gate | None = None) -> None:
        self.asked: list[int] = []
        self._gate = gate

    def question(self, number: int) -> Callable[[], Any]:
        def estimate() -> int:
            self.asked.append(number)
            if self._gate is not None:
                self._gate()
            return number

        return estimate


@pytest.fixture
def service(qapp: QApplication) -> Iterator[CostService]:
    service = CostService()
    yield service
    service.close()


@pytest.fixture
def told(service: CostService) -> list[Any]:
    told: list[Any] = []
    service.estimated.connect(told.append)
    return told


def test_of_many_questions_in_a_row_only_the_last_is_asked(service: CostService, told: list[Any], qtbot: QtBot) -> None:
    estimator = Estimator()
    for number in range(5):
        service.ask(estimator.question(number))
    qtbot.waitUntil(lambda: bool(told))
    assert told == [4]
    assert estimator.asked == [4]


def test_an_answer_to_an_older_question_is_dropped(
    service: CostService, told: list[Any], gate: Gate, qtbot: QtBot
) -> None:
    estimator = Estimator(gate)
    service.ask(estimator.question(1))
    qtbot.waitUntil(gate.reached.is_set)
    service.ask(estimator.question(2))
    gate.open()
    qtbot.waitUntil(lambda: bool(told))
    assert told == [2]
    assert estimator.asked == [1, 2]


def test_what_is_forgotten_is_not_answered(service: CostService, told: list[Any], gate: Gate, qtbot: QtBot) -> None:
    estimator = Estimator(gate)
    service.ask(estimator.question(1))
    qtbot.waitUntil(gate.reached.is_set)
    service.forget()
    assert told == [None]
    gate.open()
    service.ask(estimator.question(2))
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == [None, 2]


def test_a_question_that_fails_is_answered_with_nothing(service: CostService, told: list[Any], qtbot: QtBot) -> None:
    def fail() -> Any:
        message = "There is no device “cuda:9”."
        raise UserError(message)

    service.ask(fail)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [None]


def test_closing_leaves_nothing_to_be_asked(qapp: QApplication) -> None:
    service, estimator = CostService(), Estimator()
    service.ask(estimator.question(1))
    service.close()
    assert estimator.asked == []
