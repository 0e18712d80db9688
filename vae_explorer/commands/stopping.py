"""Ctrl+C and SIGTERM while training: stop after the step under way, save, and say how to go on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from vae_explorer.core.progress import Control

PATIENCE = 3
"""So many signals end the program at once: what is on disk is whole at every moment."""


class Stop:
    """Steers training by signals."""

    def __init__(self) -> None:
        self.control = Control()
        self.signals: list[int] = []

    @property
    def status(self) -> int:
        """The exit status that shells give to what a signal has ended: 130 for Ctrl+C, 143 for SIGTERM."""
        return 128 + (self.signals[0] if self.signals else signal.SIGINT)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM, and give them back."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.signals.append(number)
        self.control.stop()
        if len(self.signals) >= PATIENCE:
            raise KeyboardInterrupt
