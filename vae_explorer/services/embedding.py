"""Images to codes on a thread, the newest weights first, without taking the processor from training."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.core.data.base import Cancelled, ImageSet, Progress, ignore_progress
from vae_explorer.core.latent.grid import data_span, in_even_steps
from vae_explorer.core.latent.offered import MOST_SINGLE
from vae_explorer.core.latent.support import Support
from vae_explorer.services.state import Embedding
from vae_explorer.services.task import Job, NewestWins, TaskThread

BINS = 48
"""Of the histograms on the knobs."""

SHARE = 0.05
"""Of the time that encoding may take while training runs."""

LEAST_REST_MS = 800
"""Between snapshots that are encoded: drawing the points takes its time too."""

AFTER_FAILURE_MS = 1000
"""So long after a failure no snapshot is encoded."""

TOLD_EVERY_S = 0.1
"""How far encoding has come."""

OnProgress = Callable[[Progress], None]

Encode = Callable[[ImageSet, threading.Event, OnProgress], tuple[NDArray[np.float32], NDArray[np.float32] | None]]
"""Encodes all images: means and log-variances, (N, D) each. Raises Cancelled once the event is set."""


def describe(
    images: ImageSet, mean: NDArray[np.float32], log_var: NDArray[np.float32] | None, generation: int
) -> Embedding:
    """Compute what the window needs of codes: quantiles, histograms and rank of each dimension."""
    span, counted = data_span(mean), in_even_steps(mean)
    histograms = np.stack(
        [np.histogram(column, BINS, range=(low, high))[0] for column, (low, high) in zip(counted.T, span, strict=True)]
    )
    result = Embedding(images, mean, log_var, span, (histograms / len(counted)).astype(np.float32), generation)
    # Computed here, on the thread, since of many images or many dimensions it takes longer than a frame.
    _ = result.leading
    if mean.shape[1] > MOST_SINGLE and len(mean) > 1:
        _ = result.principal
    return result


class EmbeddingService(QObject):
    """Encodes on a thread of its own and describes the codes. All methods belong to the main thread."""

    embedded = Signal(object, object)
    """An `Embedding` and its `Support`."""
    progressed = Signal(object)
    """The `Progress` of what was asked for outright; None: nothing is under way any more."""
    failed = Signal(str)
    _reported = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("encoding", self, background=True)
        self._newest = NewestWins(self._thread)
        self._cancel = threading.Event()
        self._waiting: Callable[[], None] | None = None
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._go_on)
        self._reported.connect(self._on_reported)

    def encode(self, encode: Encode, images: ImageSet, generation: int, *, sparing: bool = False) -> None:
        """Encode `images`; an encoding under way of other images or another model is abandoned.

        `sparing`: for one of many snapshots of a training run. What is under way is finished first, and then nothing is
        done for so long that encoding takes no more than `SHARE` of the time.
        """
        if not sparing:
            self.abandon()
        cancel = self._cancel
        report = ignore_progress if sparing else self._reporter(cancel)

        def start() -> None:
            self._waiting = None
            self._newest.submit(
                Job(
                    lambda: _work(partial(encode, images, cancel, report), images, generation, cancel),
                    lambda result: self._on_done(result, cancel, sparing=sparing),
                    lambda message: self._on_failed(message, cancel),
                )
            )

        if sparing and (self._newest.busy or self._rest.isActive()):
            self._waiting = start
        else:
            start()

    def give_way(self, seconds: float) -> None:
        """Begin to encode no snapshot for so long."""
        if self._rest.remainingTime() < 1000 * seconds:
            self._rest.start(int(1000 * seconds))

    def abandon(self) -> None:
        """Drop what is under way and what waits: it is of another model or of other images."""
        self._cancel.set()
        self._cancel = threading.Event()
        self._rest.stop()
        self._waiting = None
        self._newest.clear()
        self.progressed.emit(None)

    def close(self) -> None:
        """Abandon what is under way, end the thread and wait for it."""
        self.abandon()
        self._thread.close()

    def _on_done(
        self, result: tuple[Embedding, Support, float] | None, cancel: threading.Event, *, sparing: bool
    ) -> None:
        if result is None or cancel.is_set():
            self._go_on()
            return
        self.progressed.emit(None)
        embedding, support, seconds = result
        # What was asked for outright isn't made up for.
        self._rest.start(max(LEAST_REST_MS, int(1000 * seconds / SHARE)) if sparing else 0)
        self.embedded.emit(embedding, support)

    def _on_failed(self, message: str, cancel: threading.Event) -> None:
        if cancel.is_set():
            self._go_on()
            return
        self.progressed.emit(None)
        self._rest.start(AFTER_FAILURE_MS)
        self.failed.emit(message)

    def _reporter(self, cancel: threading.Event) -> OnProgress:
        """Return what is told of progress on the thread; the signal carries it over, now and then."""
        last = -math.inf

        def report(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= TOLD_EVERY_S:
                last = time.monotonic()
                self._reported.emit(progress, cancel)

        return report

    @Slot(object, object)
    def _on_reported(self, progress: Progress, cancel: threading.Event) -> None:
        if not cancel.is_set():
            self.progressed.emit(progress)

    def _go_on(self) -> None:
        if self._waiting is not None:
            self._waiting()


def _work(
    encode: Callable[[], tuple[NDArray[np.float32], NDArray[np.float32] | None]],
    images: ImageSet,
    generation: int,
    cancel: threading.Event,
) -> tuple[Embedding, Support, float] | None:
    """Run on the thread. None where it was abandoned."""
    started = time.perf_counter()
    if cancel.is_set():
        return None
    try:
        mean, log_var = encode()
    except Cancelled:
        return None
    return describe(images, mean, log_var, generation), Support(mean), time.perf_counter() - started
