"""What training would cost, told while it is being configured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.services.task import Job, NewestWins, TaskThread

if TYPE_CHECKING:
    from vae_explorer.core.cost import Cost

QUIET_MS = 300
"""A person who types or turns a wheel is asked nothing of the processor in between."""


class CostService(QObject):
    """Estimates on a thread of its own, which goes last. The newest question wins, and only it is answered.

    All methods belong to the main thread.
    """

    estimated = Signal(object)
    """A `Cost`, or None where there is none: nothing to estimate, or it failed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("cost", self, background=True)
        self._newest = NewestWins(self._thread)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._on_quiet)
        self._question: Callable[[], Cost] | None = None

    def ask(self, question: Callable[[], Cost]) -> None:
        """Call `question` on the thread, once nothing else was asked for a moment; `estimated` answers."""
        self._question = question
        self._quiet.start()

    def forget(self) -> None:
        """Answer nothing that was asked before; `estimated` tells None at once."""
        self._question = None
        self._quiet.stop()
        self._newest.clear()
        self.estimated.emit(None)

    def close(self) -> None:
        """End the thread and wait for it."""
        self._quiet.stop()
        self._newest.clear()
        self._thread.close()

    def _on_quiet(self) -> None:
        question = self._question
        if question is None:
            return

        def answer(cost: Cost | None) -> None:
            if question is self._question:
                self.estimated.emit(cost)

        self._newest.submit(Job(question, answer, lambda _sentence: answer(None)))
