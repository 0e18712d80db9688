"""What the numbers of an image array mean as brightness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.data.saving import saved
from vae_explorer.core.data import arrays
from vae_explorer.core.data.base import ImageShape, read_images


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_floats_within_0_and_1_become_bytes(tmp_path: Path, dtype: Any) -> None:
    array = np.tile(np.array([0, 0.5, 1, 0.2], dtype), (3, 4, 1))
    pixels = read_images(str(saved(tmp_path, array)), ImageShape(4, 1)).images
    assert pixels[0, 0, :, 0].tolist() == [0, 128, 255, 51]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([0, 1, 128, 255], np.int64), [0, 1, 128, 255]),
        (np.array([0, 1, 128, 255], ">u2"), [0, 1, 128, 255]),
        (np.array([0, 1, 128, 255], np.float32), [0, 1, 128, 255]),
        (np.array([0, 257, 32896, 65535], np.uint16), [0, 1, 128, 255]),
        (np.array([0, 257, 32896, 65535], np.int32), [0, 1, 128, 255]),
        (np.array([0, 1, 0, 1], np.uint8), [0, 255, 0, 255]),
        (np.array([0, 1, 0, 1], np.int16), [0, 255, 0, 255]),
        (np.array([0, 0, 0, 0], np.uint16), [0, 0, 0, 0]),
    ],
)
def test_numbers_whose_white_is_clear_become_bytes(tmp_path: Path, array: NDArray[Any], expected: list[int]) -> None:
    pixels = read_images(str(saved(tmp_path, np.tile(array, (3, 4, 1)))), ImageShape(4, 1)).images
    assert pixels[2, 3, :, 0].tolist() == expected


def test_white_is_looked_for_in_all_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece that is dark by chance doesn't decide."""
    monkeypatch.setattr(arrays, "_PIECE_VALUES", 16)
    stack = np.zeros((5, 4, 4), np.uint16)
    stack[1] = 1
    stack[4, 0, 0] = 200
    images = np.asarray(read_images(str(saved(tmp_path, stack)), ImageShape(4, 1)).images)
    assert images.max(axis=(1, 2, 3)).tolist() == [0, 1, 0, 0, 200]


def test_truth_values_become_black_and_white(tmp_path: Path) -> None:
    array = np.eye(8, dtype=np.bool_)[None]
    assert np.array_equal(read_images(str(saved(tmp_path, array))).images[0, :, :, 0], np.eye(8) * 255)
