"""Running work on threads: one job at a time, the newest of each kind, answers as signals on the main thread."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from vae_explorer.core.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Job:
    """Something to do on another thread, and where its answer goes: both callbacks run on the main thread."""

    work: Callable[[], Any]
    on_done: Callable[[Any], None]
    on_failed: Callable[[str], None]
    is_saving: bool = False
    """Run even where the thread closes before its turn."""


def sentence_for(error: BaseException) -> str:
    """Put an exception into one sentence for a person; details of an unforeseen one go to the log."""
    if isinstance(error, UserError):
        return str(error)
    log.error("A task failed", exc_info=error)
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else 'no details'}"


NICENESS = 10
"""Of a background thread, on Linux: the others get nine tenths of a core that both want."""


class _Worker(QObject):
    """Lives on the thread. Catches everything, so that a failed job never ends the thread."""

    done = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.closing = threading.Event()
        """Set by the main thread: jobs that still wait are not to be run, unless they save something."""

    @Slot()
    def go_last(self) -> None:
        """Let other threads go first. The threads among which torch shares an operation inherit it."""
        if sys.platform == "linux":
            this = os.PRIO_PROCESS, threading.get_native_id()
            with contextlib.suppress(OSError):  # where it isn't allowed, all go on as equals
                os.setpriority(*this, os.getpriority(*this) + NICENESS)
        else:
            QThread.currentThread().setPriority(QThread.Priority.LowPriority)

    @Slot(object)
    def run(self, job: Job) -> None:
        if self.closing.is_set() and not job.is_saving:
            return
        try:
            result = job.work()
        except Exception as error:  # noqa: BLE001  # torch raises many kinds; every one must reach the window
            self.failed.emit(job, sentence_for(error))
        else:
            self.done.emit(job, result)

    @Slot()
    def end(self) -> None:
        """End the thread, once it is its turn: `QThread.quit` overtakes jobs that came while another was under way."""
        QThread.currentThread().quit()


class TaskThread(QObject):
    """A long-lived thread. `submit` may be called while it works; jobs run in order. Lives on the main thread.

    A `background` thread leaves the processor to the others whenever they want it.
    """

    _submitted = Signal(object)
    _ending = Signal()

    def __init__(self, name: str, parent: QObject | None = None, *, background: bool = False) -> None:
        super().__init__(parent)
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        self._submitted.connect(self._worker.run, queued)
        self._ending.connect(self._worker.end, queued)
        self._worker.done.connect(self._on_done, queued)
        self._worker.failed.connect(self._on_failed, queued)
        if background:
            self._thread.started.connect(self._worker.go_last)
        self._closed = False
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Run a job after those submitted before it."""
        if not self._closed:
            self._submitted.emit(job)

    def close(self) -> None:
        """End the thread once the job under way is over and what waits to be saved is saved, and wait for that.

        Answers are dropped, and so is whatever else waits.
        """
        self._closed = True
        self._worker.closing.set()
        self._ending.emit()
        self._thread.wait()

    @Slot(object, object)
    def _on_done(self, job: Job, result: object) -> None:
        if not self._closed:
            job.on_done(result)

    @Slot(object, str)
    def _on_failed(self, job: Job, message: str) -> None:
        if not self._closed:
            job.on_failed(message)


class NewestWins(QObject):
    """At most one job in flight and one pending: a newer one replaces the pending one. Lives on the main thread.

    `rest_ms`: after each answer the thread is left alone for so long, where answers are wanted no oftener than that.
    """

    def __init__(self, thread: TaskThread, rest_ms: int = 0) -> None:
        super().__init__(thread)
        self._thread = thread
        self._pending: Job | None = None
        self._busy = False
        self._rest = QTimer(self, singleShot=True, interval=rest_ms)
        self._rest.timeout.connect(self._next)

    @property
    def busy(self) -> bool:
        """Whether a job is in flight."""
        return self._busy

    def submit(self, job: Job) -> None:
        """Run `job` as soon as what is in flight has answered, unless a newer one comes first."""
        self._pending = job
        self._next()

    def clear(self) -> None:
        """Forget the pending job, and rest no longer."""
        self._pending = None
        self._rest.stop()

    def _next(self) -> None:
        if self._busy or self._pending is None or self._rest.isActive():
            return
        job, self._pending = self._pending, None
        self._busy = True
        self._thread.submit(Job(job.work, self._answer(job.on_done), self._answer(job.on_failed)))

    def _answer(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        def answered(value: Any) -> None:
            self._busy = False
            if self._rest.interval():
                self._rest.start()
            try:
                callback(value)
            finally:
                self._next()

        return answered
