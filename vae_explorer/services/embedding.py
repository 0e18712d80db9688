"""Images to codes on a thread, the newest weights first, without taking the processor from training."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.core.data.base import Cancelled, ImageSet
from vae_explorer.core.latent.support import Support
from vae_explorer.services.state import Embedding
from vae_explorer.services.task import Job, NewestWins, TaskThread

BINS = 48
"""Of the histograms on the knobs."""

QUANTILES = (0.005, 0.995)

SHARE = 0.05
"""Of the time that encoding may take while training runs."""

Encode = Callable[[ImageSet, threading.Event], tuple[NDArray[np.float32], NDArray[np.float32] | None]]
"""Encodes all images: means and log-variances, (N, D) each. Raises Cancelled once the event is set."""


def describe(
    images: ImageSet, mean: NDArray[np.float32], log_var: NDArray[np.float32] | None, generation: int
) -> Embedding:
    """Compute what the window needs of codes: quantiles and histograms of each dimension."""
    span = np.quantile(mean, QUANTILES, axis=0).T.astype(np.float32)
    span[:, 1] = np.maximum(span[:, 1], span[:, 0] + 1e-6)
    histograms = np.stack(
        [np.histogram(column, BINS, range=(low, high))[0] for column, (low, high) in zip(mean.T, span, strict=True)]
    )
    return Embedding(images, mean, log_var, span, (histograms / len(mean)).astype(np.float32), generation)


class EmbeddingService(QObject):
    """Encodes on a thread of its own and describes the codes. All methods belong to the main thread."""

    embedded = Signal(object, object)
    """An `Embedding` and its `Support`."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("encoding", self)
        self._newest = NewestWins(self._thread)
        self._cancel = threading.Event()
        self._waiting: Callable[[], None] | None = None
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._go_on)

    def encode(self, encode: Encode, images: ImageSet, generation: int, *, sparing: bool = False) -> None:
        """Encode `images`; an encoding under way of other images or another model is abandoned.

        `sparing`: for one of many snapshots of a training run. What is under way is finished first, and then nothing is
        done for so long that encoding takes no more than `SHARE` of the time.
        """
        if not sparing:
            self._cancel.set()
            self._cancel = threading.Event()
            self._rest.stop()
        cancel = self._cancel

        def start() -> None:
            self._waiting = None
            self._newest.submit(Job(lambda: _work(encode, images, generation, cancel), self._on_done, self._on_failed))

        if sparing and (self._newest.busy or self._rest.isActive()):
            self._waiting = start
        else:
            start()

    def close(self) -> None:
        """Abandon what is under way, end the thread and wait for it."""
        self._cancel.set()
        self._rest.stop()
        self._newest.clear()
        self._thread.close()

    def _on_done(self, result: tuple[Embedding, Support, float] | None) -> None:
        if result is not None:
            embedding, support, seconds = result
            self._rest.start(int(1000 * seconds / SHARE))
            self.embedded.emit(embedding, support)

    def _on_failed(self, message: str) -> None:
        self._rest.start(1000)
        self.failed.emit(message)

    def _go_on(self) -> None:
        if self._waiting is not None:
            self._waiting()


def _work(
    encode: Encode, images: ImageSet, generation: int, cancel: threading.Event
) -> tuple[Embedding, Support, float] | None:
    """Run on the thread. None where it was abandoned."""
    started = time.perf_counter()
    if cancel.is_set():
        return None
    try:
        mean, log_var = encode(images, cancel)
    except Cancelled:
        return None
    return describe(images, mean, log_var, generation), Support(mean), time.perf_counter() - started
