"""Makes the clouds of many points on a thread: to sort a million takes longer than a frame."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from vae_explorer.services.task import Job, NewestWins, TaskThread


class CloudService(QObject):
    """The newest request wins. All methods belong to the main thread; the thread begins with the first request."""

    made = Signal(object, object)
    """What was asked for, and the answer."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: TaskThread | None = None
        self._newest: NewestWins | None = None

    def make(self, request: object, work: Callable[[], object]) -> None:
        """Run `work`, which reads nothing but values that nobody writes to; `made` answers."""
        if self._thread is None or self._newest is None:
            self._thread = TaskThread("clouds", self)
            self._newest = NewestWins(self._thread)
        self._newest.submit(Job(work, lambda cloud: self.made.emit(request, cloud), self.failed.emit))

    def close(self) -> None:
        """End the thread and wait for it."""
        if self._thread is not None:
            self._thread.close()
