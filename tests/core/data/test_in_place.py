"""Images that stay in a person's own file: read by position, and told about once the file is another."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.core.data.test_arrays import idx
from vae_explorer.core.batches import Batches
from vae_explorer.core.data import arrays
from vae_explorer.core.data.array_files import open_arrays
from vae_explorer.core.data.base import ImageRows, Images, ImageShape, read_images
from vae_explorer.core.data.in_place import FileImages
from vae_explorer.core.errors import ChangedError

SHAPE = (40, 6, 6, 3)


@pytest.fixture
def pixels() -> Images:
    return np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)


@pytest.fixture
def path(tmp_path: Path, pixels: Images) -> Path:
    """Return an .npy that was written long ago."""
    path = tmp_path / "a.npy"
    np.save(path, pixels)
    os.utime(path, (1e9, 1e9))
    return path


@pytest.fixture
def images(path: Path, large: None) -> ImageRows:
    return read_images(str(path), ImageShape(6, 3)).images


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count these few images as many."""
    monkeypatch.setattr(arrays, "IN_MEMORY", 100)


def test_they_are_read_as_numpy_would(images: ImageRows, pixels: Images) -> None:
    assert isinstance(images, FileImages)
    assert (images.shape, images.nbytes, len(images)) == (SHAPE, pixels.nbytes, 40)
    for rows in (3, -1, slice(None), slice(5, 9), slice(38, 99), slice(9, 5), slice(2, 30, 7), slice(None, None, -1)):
        assert np.array_equal(images[rows], pixels[rows])
    chosen = np.array([7, 0, 39, 7, -2])
    assert np.array_equal(images[chosen], pixels[chosen])
    assert images[np.zeros(0, np.int64)].shape == (0, 6, 6, 3)
    assert np.array_equal(list(images), pixels)
    assert np.array_equal(images, pixels)
    with pytest.raises(IndexError):
        images[40]


def test_batches_are_gathered_from_the_file(images: ImageRows, pixels: Images) -> None:
    chosen = np.array([9, 2, 31])
    gathered = [Batches(some, torch.device("cpu")).gather(chosen) for some in (images, pixels)]
    assert torch.equal(*gathered)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("shape", [(120, 6, 6), (120, 1, 6, 6), (120, 6, 6, 1)])
def test_grey_images_stay_in_their_file_too(tmp_path: Path, pixels: Images, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", pixels.reshape(shape))
    images = read_images(str(tmp_path / "a.npy"), ImageShape(6, 1)).images
    assert isinstance(images, FileImages)
    assert np.array_equal(images, pixels.reshape(120, 6, 6, 1))


@pytest.mark.usefixtures("large")
def test_so_do_those_of_an_idx_file(tmp_path: Path, pixels: Images) -> None:
    (tmp_path / "a-idx3-ubyte").write_bytes(idx(pixels.reshape(120, 6, 6)))
    images = read_images(str(tmp_path / "a-idx3-ubyte"), ImageShape(6, 1)).images
    assert isinstance(images, FileImages)
    assert np.array_equal(images, pixels.reshape(120, 6, 6, 1))


@pytest.mark.usefixtures("large")
def test_images_that_must_be_converted_are_not_left_there(tmp_path: Path, pixels: Images) -> None:
    for array in (np.asfortranarray(pixels), pixels.transpose(0, 3, 1, 2).copy(), pixels / 255):
        np.save(tmp_path / "a.npy", array)
        images = read_images(str(tmp_path / "a.npy"), ImageShape(6, 3)).images
        assert isinstance(images, np.ndarray)
        assert np.array_equal(images, pixels)


@pytest.mark.parametrize("shape", [(), (7,), (5, 4), (5, 2, 3), (2, 3, 4, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_any_shape_and_order_are_read(tmp_path: Path, shape: tuple[int, ...], order: Any) -> None:
    array = np.asarray(np.random.default_rng(1).normal(size=shape), order=order)
    np.save(tmp_path / "a.npy", array)
    with open_arrays(tmp_path / "a.npy") as stored:
        assert (stored.images.shape, stored.images.dtype) == (shape, array.dtype)
        for rows in (slice(None), slice(1, 3)) if shape else (slice(None),):
            assert np.array_equal(stored.images[rows], array[rows] if shape else array)


def truncate(path: Path) -> None:
    path.write_bytes(b"")


def shorten(path: Path) -> None:
    np.save(path, np.load(path)[:20])


def write_others(path: Path) -> None:
    np.save(path, 255 - np.load(path))


@pytest.mark.parametrize("change", [truncate, shorten, write_others])
def test_a_file_that_changes_is_told(path: Path, images: ImageRows, change: Callable[[Path], None]) -> None:
    change(path)
    for rows in (0, slice(0, 4), np.array([39, 2])):
        with pytest.raises(ChangedError, match=r"^“a\.npy” has changed while it was open: open it again\.$"):
            images[rows]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody replace a file that is open")
def test_a_file_that_is_replaced_stays_open_as_it_was(path: Path, images: ImageRows, pixels: Images) -> None:
    np.save(path.with_name("b.npy"), 255 - pixels)
    path.with_name("b.npy").replace(path)
    assert np.array_equal(images, pixels)


def test_few_images_are_in_memory_whatever_happens_to_their_file(path: Path, pixels: Images) -> None:
    images = read_images(str(path), ImageShape(6, 3)).images
    truncate(path)
    assert np.array_equal(images, pixels)


def test_a_file_whose_mount_has_gone_is_told_in_a_sentence(images: FileImages, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(images._file, "_read", fail)
    with pytest.raises(ChangedError, match="can't be read any more"):
        images[3]
