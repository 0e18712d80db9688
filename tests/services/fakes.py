"""Stand-ins for what takes time or needs torch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.patience import PATIENCE_S
from vae_explorer.core.data.base import Cancelled, ImageSet, Progress
from vae_explorer.core.misfit import Misfit
from vae_explorer.services.chunks import Chunk
from vae_explorer.services.misfit import Judge, OnProgress


class Gate:
    """Holds work up on its thread until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self) -> None:
        """Called by the work: wait."""
        self.reached.set()
        assert self._open.wait(PATIENCE_S)

    def open(self) -> None:
        self._open.set()

    def wait_until_reached(self) -> None:
        """Called by the test: the work waits at the gate now."""
        assert self.reached.wait(PATIENCE_S)


class OneByOne(Chunk):
    """Cuts every request into chunks of one code."""

    def __init__(self) -> None:
        super().__init__(size=1)

    def after(self, decoded: int, seconds: float) -> Chunk:
        return self


class FakeDecoder:
    """Decodes a code to 2×2 pixels of its first number plus the weight and its class; may be held up, or fail."""

    def __init__(self, weight: int = 0, before: Callable[[], None] = lambda: None, threads: int = 1) -> None:
        self.calls: list[list[int]] = []
        self.swaps: list[int] = []
        self.failure: Exception | None = None
        self.threads = threads
        self.seen_on: set[int] = set()
        self._weight = weight
        self._before = before

    def decode(self, codes: NDArray[np.float32], labels: NDArray[np.int64] | int) -> NDArray[np.uint8]:
        self.seen_on.add(threading.get_ident())
        self.calls.append([int(code[0]) for code in codes])
        self._before()
        if self.failure is not None:
            raise self.failure
        shades = codes[:, 0] + self._weight + np.asarray(labels)
        return np.repeat(shades.astype(np.uint8), 4).reshape(-1, 2, 2, 1)

    def swap(self, weights: Mapping[str, Any]) -> None:
        self.swaps.append(weights["weight"])
        if self.failure is not None:
            raise self.failure
        self._weight = weights["weight"]


def codes(*numbers: float) -> NDArray[np.float32]:
    """Two-dimensional codes by their first numbers."""
    return np.array([[number, 0] for number in numbers], np.float32)


class FakeJudge:
    """Judges all images alike: their squared error is the weight, their −log p ten times that."""

    def __init__(self, weight: float, before: Callable[[], None] = lambda: None) -> None:
        self.newest: Mapping[str, Any] = {"weight": weight}
        self.step: int | None = None
        self.judged: list[float] = []
        self.cancelled = False
        self.failure: Exception | None = None
        self._before = before

    def take(self, weight: float, step: int) -> None:
        self.newest, self.step = {"weight": weight}, step

    def judge(self) -> Judge:
        weight = float(self.newest["weight"])

        def judge(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Misfit:
            self.judged.append(weight)
            self._before()
            if self.failure is not None:
                raise self.failure
            if cancel.is_set():
                self.cancelled = True
                raise Cancelled
            for done in (1, 2):
                on_progress(Progress(done, 2))
            alike = np.full(len(images), weight, np.float32)
            return Misfit(alike, 10 * alike)

        return judge
