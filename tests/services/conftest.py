"""What the tests of the services share: a thread, a gate to hold work up at, and images."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.services.task import TaskThread

MakeImages = Callable[..., ImageSet]

PATIENCE_S = 10
"""Work that nobody lets go on fails its test, instead of hanging it."""


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


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def make_gate() -> type[Gate]:
    return Gate


@pytest.fixture
def thread(qapp: QApplication) -> Iterator[TaskThread]:
    thread = TaskThread("test")
    yield thread
    thread.close()


@pytest.fixture
def make_images() -> MakeImages:
    def make(count: int = 24, size: int = 8, channels: int = 1, source: str = "/images", seed: int = 0) -> ImageSet:
        pixels = np.random.default_rng(seed).integers(0, 256, (count, size, size, channels), np.uint8)
        return ImageSet(
            source=source,
            title="images",
            images=pixels,
            paths=tuple(f"{number}.png" for number in range(count)),
            labels=np.arange(count) % 3,
            label_names=("a", "b", "c"),
            shape=ImageShape(size, 3 if channels == 3 else 1),
        )

    return make
