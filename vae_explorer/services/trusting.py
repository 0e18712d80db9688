"""Models that are code: what the person is asked before any of it runs. No torch here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.trust import UntrustedError, trust
from vae_explorer.services.task import Job, TaskThread


class Trusting(QObject):
    """Belongs to the main thread, and so do all signals."""

    wanted = Signal(object, object)
    """An `UntrustedError`, and what goes on once the person trusts the model: hand both to `grant`."""
    failed = Signal(str)

    def __init__(self, files: TaskThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files

    def grant(self, asked: UntrustedError, go_on: Callable[[], None]) -> None:
        """Remember that the person trusts a model, and go on."""
        self._files.submit(Job(lambda: trust(asked.name, asked.digests), lambda _: go_on(), self.failed.emit))
