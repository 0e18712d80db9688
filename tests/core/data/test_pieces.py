"""Images that are made piece by piece: when they are many, into a file of the image cache, once."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from vae_explorer.core.data import pieces
from vae_explorer.core.data.base import Cancelled, Images, ImageShape, Progress, ignore_progress
from vae_explorer.core.data.pieces import Pieces
from vae_explorer.core.errors import UserError

SHAPE = ImageShape(8, 1)
COUNT = 2500


class Sketches:
    """Images that count how often they are made."""

    def __init__(self, version: str = "1") -> None:
        self.made: list[tuple[int, int]] = []
        self.pieces = Pieces("sample:sketches:2500", version, COUNT, self._make)

    def read(self, shape: ImageShape = SHAPE) -> Images:
        return self.pieces.read(shape, ignore_progress, threading.Event())

    def _make(self, start: int, stop: int) -> Images:
        self.made.append((start, stop))
        levels = (np.arange(start, stop) % 251).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(levels[:, None, None, None], (stop - start, 8, 8, 1)))


@pytest.fixture
def sketches() -> Sketches:
    return Sketches()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count these few images as many."""
    monkeypatch.setattr(pieces, "MEMORY_LIMIT", 1000)


def files(cache_home: Path) -> list[Path]:
    return [path for path in cache_home.rglob("*") if path.is_file()]


def is_right(images: Images) -> bool:
    return images.shape == (COUNT, 8, 8, 1) and np.array_equal(images[:, 3, 4, 0], np.arange(COUNT) % 251)


def test_few_images_are_made_in_memory(sketches: Sketches, cache_home: Path) -> None:
    images = sketches.read()
    assert is_right(images)
    assert not images.flags.writeable
    assert files(cache_home) == []
    assert sketches.made == [(0, 1024), (1024, 2048), (2048, 2500)]


@pytest.mark.usefixtures("large")
def test_many_images_are_mapped_from_a_file_and_made_once(sketches: Sketches, cache_home: Path) -> None:
    images = sketches.read()
    assert is_right(images)
    assert not images.flags.writeable
    base: Any = images
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap)
    (file,) = files(cache_home)
    again = Sketches()
    assert is_right(again.read())
    assert again.made == []
    assert files(cache_home) == [file]


@pytest.mark.usefixtures("large")
def test_another_shape_is_another_file(sketches: Sketches, cache_home: Path) -> None:
    sketches.read()
    assert sketches.read(ImageShape(4, 1)).shape == (COUNT, 4, 4, 1)
    assert len(files(cache_home)) == 2


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY"])
def test_a_file_that_is_cut_short_is_made_anew(sketches: Sketches, cache_home: Path, content: bytes) -> None:
    sketches.read()
    (file,) = files(cache_home)
    file.write_bytes(content or file.read_bytes()[:-1])
    assert is_right(sketches.read())


@pytest.mark.usefixtures("large")
def test_cancelling_leaves_nothing(sketches: Sketches, cache_home: Path) -> None:
    cancel = threading.Event()
    reports: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        reports.append(progress)
        if progress.done:
            cancel.set()

    with pytest.raises(Cancelled):
        sketches.pieces.read(SHAPE, on_progress, cancel)
    assert reports == [Progress(0, COUNT), Progress(1024, COUNT)]
    assert files(cache_home) == []


@pytest.mark.usefixtures("large")
def test_another_version_takes_the_place_of_the_one_before(cache_home: Path) -> None:
    before = Sketches("1").read()
    assert is_right(Sketches("2").read())
    assert [file.name for file in files(cache_home)] == ["pieces-2.npy"]
    assert is_right(before)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.usefixtures("large")
def test_too_little_room_is_told_before_anything_is_made(
    sketches: Sketches, cache_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10, 10, 5000))
    with pytest.raises(UserError, match=r"needs 0 MB, and 0 MB are free: free some room.*VAE_EXPLORER_CACHE"):
        sketches.read()
    assert sketches.made == []
    assert files(cache_home) == []


@pytest.mark.usefixtures("large")
def test_a_disk_that_fills_up_meanwhile_leaves_nothing_and_says_so(
    sketches: Sketches, cache_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\)"):
        sketches.read()
    assert files(cache_home) == []
