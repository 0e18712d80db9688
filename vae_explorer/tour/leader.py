"""Leads through the steps of the tour, one after the other, each within its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.errors import UserError

LOOK_EVERY_MS = 5


class Unexpected(Exception):  # noqa: N818  # reads better where it is raised
    """The program shows something else than the tour expects; the message is a sentence without its full stop."""


@dataclass(frozen=True)
class Until:
    """What a step waits for."""

    what: str
    """In words that go on “it waited in vain for …”."""
    reached: Callable[[], bool]
    limit_s: float = 120.0


Steps = Generator[Until, None, None]

ONE_TURN = Until("one turn of the event loop", lambda: True)


class Leader(QObject):
    """Runs steps on the event loop: it looks often whether what they wait for is there, and sleeps in between."""

    ended = Signal(str)
    """Empty, or the sentence that says why the tour ended early."""

    def __init__(self, steps: Steps, parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._waiting = ONE_TURN
        self._deadline = 0.0
        self._within = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_look)
        self._timer.start()

    def fail(self, reason: str) -> None:
        """End the tour early. `reason` is a sentence without its full stop."""
        self._end(f"The tour ended early: {reason}.")

    def _end(self, sentence: str) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.ended.emit(sentence)

    def _on_look(self) -> None:
        if self._within:  # a mouse event of the step's own turns the event loop
            return
        self._within = True
        try:
            self._look()
        except StopIteration:
            self._end("")
        except (Unexpected, UserError) as error:
            self.fail(str(error).rstrip("."))
        finally:
            self._within = False

    def _look(self) -> None:
        if self._waiting.reached():
            self._waiting = next(self._steps)
            self._deadline = time.monotonic() + self._waiting.limit_s
        elif time.monotonic() > self._deadline:
            self.fail(f"it waited {self._waiting.limit_s:.0f} s in vain for {self._waiting.what}")
