"""Counts how wide posteriors are, on a thread: tens of thousands of images take longer than a frame."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.latent.spreads import Spreads
from vae_explorer.services.state import Embedding
from vae_explorer.services.task import Job, NewestWins, TaskThread


class SpreadService(QObject):
    """The newest question wins. All methods belong to the main thread, and so do all answers."""

    counted = Signal(object)
    """The `Spreads` of the embedding that was asked for last."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("spreads", self, background=True)
        self._newest = NewestWins(self._thread)
        self._asked: Embedding | None = None

    def ask(self, embedding: Embedding | None, kind: PosteriorKind) -> None:
        """Count an embedding; none, or one without a spread, drops what was asked before."""
        self._asked = embedding
        self._newest.clear()
        if embedding is None or embedding.log_var is None:
            return
        mean, log_var = embedding.mean, embedding.log_var
        self._newest.submit(
            Job(
                lambda: Spreads.of(mean, log_var, kind),
                lambda spreads: self._answer(embedding, spreads),
                self.failed.emit,
            )
        )

    def close(self) -> None:
        """End the thread and wait for it."""
        self._thread.close()

    def _answer(self, embedding: Embedding, spreads: Spreads) -> None:
        if embedding is self._asked:
            self.counted.emit(spreads)
