from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from vae_explorer.core.errors import UserError
from vae_explorer.services.clouds import CloudService


@pytest.fixture
def service(qtbot: QtBot) -> CloudService:
    return CloudService()


def test_work_is_done_on_another_thread_and_the_answer_comes_with_what_was_asked(
    service: CloudService, qtbot: QtBot
) -> None:
    request = object()
    with qtbot.waitSignal(service.made) as made:
        service.make(request, threading.get_ident)
    assert made.args is not None
    assert made.args[0] is request
    assert made.args[1] != threading.get_ident()
    service.close()


def test_of_what_waits_only_the_newest_is_made(service: CloudService, qtbot: QtBot) -> None:
    go_on, answers = threading.Event(), list[object]()
    service.made.connect(lambda request, _: answers.append(request))
    service.make(0, go_on.wait)
    for number in (1, 2, 3):
        service.make(number, lambda: None)
    go_on.set()
    qtbot.waitUntil(lambda: 3 in answers)
    assert answers == [0, 3]
    service.close()


def test_what_fails_is_told(service: CloudService, qtbot: QtBot) -> None:
    def fail() -> None:
        raise UserError("No.")

    with qtbot.waitSignal(service.failed) as failed:
        service.make(None, fail)
    assert failed.args == ["No."]
    service.close()


def test_one_that_was_never_asked_closes_too(service: CloudService) -> None:
    service.close()
