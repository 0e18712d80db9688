"""What the tests of the services share: a thread, a gate to hold work up at, and images."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from tests.services.fakes import Gate, OneByOne
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.services import decoding
from vae_explorer.services.task import TaskThread

MakeImages = Callable[..., ImageSet]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut what is asked of the decoder into chunks of one code."""
    monkeypatch.setattr(decoding, "Chunk", OneByOne)


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
