from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from tests.services.fakes import Gate
from vae_explorer.core.errors import UserError
from vae_explorer.services.task import NICENESS, Job, NewestWins, TaskThread, sentence_for


class Heard:
    """Notes what a job answers, and on which thread."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.failures: list[str] = []
        self.threads: set[int] = set()

    def job(self, work: Any) -> Job:
        return Job(work, self._on_done, self._on_failed)

    def _on_done(self, result: Any) -> None:
        self.results.append(result)
        self.threads.add(threading.get_ident())

    def _on_failed(self, message: str) -> None:
        self.failures.append(message)
        self.threads.add(threading.get_ident())


@pytest.fixture
def heard() -> Heard:
    return Heard()


def ignore(_answer: object) -> None:
    """Hear nothing."""


def _fail(error: BaseException) -> Any:
    raise error


def test_work_runs_elsewhere_and_answers_here(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    thread.submit(heard.job(threading.get_ident))
    qtbot.waitUntil(lambda: len(heard.results) == 1)
    assert heard.results[0] != threading.get_ident()
    assert heard.threads == {threading.get_ident()}


def test_jobs_run_in_order(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    for number in range(20):
        thread.submit(heard.job(lambda number=number: number))
    qtbot.waitUntil(lambda: len(heard.results) == 20)
    assert heard.results == list(range(20))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread's priority can't be asked for")
def test_a_background_thread_and_those_that_it_starts_go_last(heard: Heard, qtbot: QtBot) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def niceness_of_a_helper() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(niceness).result()

    thread = TaskThread("test", background=True)
    thread.submit(heard.job(niceness))
    thread.submit(heard.job(niceness_of_a_helper))
    qtbot.waitUntil(lambda: len(heard.results) == 2)
    thread.close()
    lowest = 19
    assert heard.results == [min(niceness() + NICENESS, lowest)] * 2


def test_a_failed_job_is_told_and_the_next_runs(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    thread.submit(heard.job(lambda: _fail(UserError("The folder holds no images."))))
    thread.submit(heard.job(lambda: "next"))
    qtbot.waitUntil(lambda: heard.results == ["next"])
    assert heard.failures == ["The folder holds no images."]
    assert heard.threads == {threading.get_ident()}


def test_a_user_error_is_its_own_sentence() -> None:
    assert sentence_for(UserError("There is no run.")) == "There is no run."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("CUDA error: lost\nCompile with TORCH_USE_CUDA_DSA"), "RuntimeError: CUDA error: lost"),
        (KeyError(), "KeyError: no details"),
    ],
)
def test_an_unforeseen_error_is_one_line_and_goes_to_the_log(
    error: Exception, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert sentence_for(error) == sentence
    record = caplog.records[0]
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_closing_waits_for_the_job_under_way_and_drops_what_waits(qapp: QApplication, heard: Heard, gate: Gate) -> None:
    thread = TaskThread("test")
    ran: list[str] = []

    def under_way() -> None:
        gate()
        ran.append("under way")

    thread.submit(heard.job(under_way))
    gate.wait_until_reached()
    thread.submit(heard.job(lambda: ran.append("waiting")))
    _close(thread, gate)
    qapp.processEvents()
    assert ran == ["under way"]
    assert (heard.results, heard.failures) == ([], [])


def test_what_is_to_be_saved_is_saved_on_closing(qapp: QApplication, gate: Gate) -> None:
    thread = TaskThread("test")
    ran: list[str] = []
    thread.submit(Job(gate, ignore, ignore))
    gate.wait_until_reached()
    thread.submit(Job(lambda: ran.append("saved"), ignore, ignore, is_saving=True))
    _close(thread, gate)
    assert ran == ["saved"]


def _close(thread: TaskThread, gate: Gate) -> None:
    """Close the thread, and let its work go on once closing has begun: closing itself waits for that."""

    def let_go() -> None:
        assert thread._worker.closing.wait(PATIENCE_S)
        gate.open()

    with ThreadPoolExecutor(1) as other:
        let_go_on = other.submit(let_go)
        thread.close()
        let_go_on.result()


def test_nothing_runs_after_closing(qapp: QApplication, heard: Heard) -> None:
    thread = TaskThread("test")
    thread.close()
    thread.submit(heard.job(lambda: "late"))
    qapp.processEvents()
    assert heard.results == []


def test_of_many_requests_the_first_and_the_newest_are_answered(
    thread: TaskThread, heard: Heard, gate: Gate, qtbot: QtBot
) -> None:
    newest = NewestWins(thread)
    newest.submit(heard.job(gate))
    gate.wait_until_reached()
    for number in range(5):
        newest.submit(heard.job(lambda number=number: number))
    gate.open()
    qtbot.waitUntil(lambda: len(heard.results) == 2)
    assert heard.results == [None, 4]
    assert not newest.busy


def test_what_waits_can_be_forgotten(thread: TaskThread, heard: Heard, gate: Gate, qtbot: QtBot) -> None:
    newest = NewestWins(thread)
    newest.submit(heard.job(gate))
    newest.submit(heard.job(lambda: "forgotten"))
    newest.clear()
    gate.open()
    qtbot.waitUntil(lambda: not newest.busy)
    assert heard.results == [None]


def test_between_answers_the_thread_rests(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    newest = NewestWins(thread, rest_ms=1_000_000)
    newest.submit(heard.job(lambda: "first"))
    qtbot.waitUntil(lambda: heard.results == ["first"])
    newest.submit(heard.job(lambda: "overtaken"))
    newest.submit(heard.job(lambda: "newest"))
    assert not newest.busy
    newest._rest.stop()
    newest._rest.timeout.emit()  # as after the rest
    qtbot.waitUntil(lambda: heard.results == ["first", "newest"])
    newest.clear()


def test_a_failure_frees_the_way_for_the_newest(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    newest = NewestWins(thread)
    newest.submit(heard.job(lambda: _fail(UserError("No."))))
    newest.submit(heard.job(lambda: "next"))
    qtbot.waitUntil(lambda: heard.results == ["next"])
    assert heard.failures == ["No."]


def test_an_answer_that_raises_holds_nothing_up(thread: TaskThread, heard: Heard, qtbot: QtBot) -> None:
    newest = NewestWins(thread)
    with qtbot.captureExceptions() as raised:
        newest.submit(Job(lambda: None, lambda _: _fail(ValueError("a fault in a view")), heard.failures.append))
        newest.submit(heard.job(lambda: "next"))
        qtbot.waitUntil(lambda: heard.results == ["next"])
    assert [str(error) for _, error, _ in raised] == ["a fault in a view"]
