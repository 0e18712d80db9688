"""What the data says of a place in the latent space: the nearest images, and whether there are any near."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import labels_for
from vae_explorer.core.latent.plane import Lifted
from vae_explorer.core.latent.support import Support, nearest
from vae_explorer.services.state import Embedding
from vae_explorer.services.task import Job, NewestWins, TaskThread

COUNT = 6
"""Nearest images that are asked for."""


REST_MS = 30
"""Nobody sees neighbours change faster, and the decoder has the processor meanwhile."""


@dataclass(frozen=True, eq=False)
class Nearby:
    """The images nearest to a point of the latent space."""

    indices: NDArray[np.int64]
    distances: NDArray[np.float32]
    """In latent units, nearest first."""
    support: float
    """In [0, 1], see `core.latent.support.Support`."""


class NearbyService(QObject):
    """Answers from the newest embedding, on a thread; of each kind of question the newest wins.

    Answers by a support that is no longer in use are dropped: their images may be gone.
    """

    found = Signal(object)
    """A `Nearby` of the probe."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("neighbours", self)
        self._probe = NewestWins(self._thread, rest_ms=REST_MS)
        self._area = NewestWins(self._thread)
        self._support: Support | None = None

    def use(self, support: Support | None) -> None:
        """Answer by this support from now on; by none, not at all."""
        self._support = support
        self._probe.clear()
        self._area.clear()

    def ask(
        self, embedding: Embedding, code: tuple[float, ...], classes: Sequence[str] = (), condition: int = 0
    ) -> None:
        """Find the images nearest to a code (D,); `found` answers.

        Of a conditional model of `classes`, whose codes don't tell the class, only images of the class `condition`.
        """
        support = self._support
        if support is None:
            return

        def work() -> Nearby:
            point = np.array(code, np.float32)
            labels = labels_for(classes, embedding.images)
            among = np.arange(len(embedding.mean)) if labels is None else np.flatnonzero(labels == condition)
            if not len(among):
                return Nearby(among, np.zeros(0, np.float32), float(support.at(point[None])[0]))
            codes = embedding.mean if labels is None else embedding.mean[among]
            places, distances = nearest(codes, point, COUNT)
            _bring_near(embedding, among[places])
            return Nearby(among[places], distances, float(support.at(point[None])[0]))

        self._probe.submit(Job(work, self._while_used(support, self.found.emit), self.failed.emit))

    def ask_many(
        self, embedding: Embedding, code: tuple[float, ...], count: int, answer: Callable[[Nearby], None]
    ) -> None:
        """Find the `count` images nearest to a code (D,) and hand them to `answer`."""
        support = self._support
        if support is None:
            return

        def work() -> Nearby:
            point = np.array(code, np.float32)
            indices, distances = nearest(embedding.mean, point, count)
            _bring_near(embedding, indices)
            return Nearby(indices, distances, float(support.at(point[None])[0]))

        self._thread.submit(Job(work, self._while_used(support, answer), self.failed.emit))

    def ask_support(self, codes: NDArray[np.float32] | Lifted, answer: Callable[[NDArray[np.float32]], None]) -> None:
        """Find the support (n,) of codes (n, D) and hand it to `answer`, unless a newer question comes first."""
        support = self._support
        if support is not None and len(codes) and codes.shape[1] == support.dims:
            answer = self._while_used(support, answer)
            self._area.submit(Job(lambda: support.at(np.asarray(codes)), answer, self.failed.emit))

    def close(self) -> None:
        """End the thread and wait for it."""
        self._probe.clear()
        self._area.clear()
        self._thread.close()

    def _while_used(self, support: Support, answer: Callable[[Any], None]) -> Callable[[Any], None]:
        def answered(value: Any) -> None:
            if support is self._support:
                answer(value)

        return answered


def _bring_near(embedding: Embedding, indices: NDArray[np.int64]) -> None:
    """Read images here, on the thread, that will be drawn: whoever draws them need not wait for a network mount."""
    for index in indices.tolist():
        image = embedding.images.images[index]
        if image.flags.c_contiguous:
            # Numpy would keep the interpreter while it waits for the mount, and so the main thread waiting too.
            ctypes.memmove(ctypes.create_string_buffer(image.nbytes), image.ctypes.data, image.nbytes)
