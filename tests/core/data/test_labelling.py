"""Labels and factors beside stored images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.data.saving import error_of
from vae_explorer.core.data.base import Factor, Images, read_images


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["b", "a", "a", "b", "c"]), ("a", "b", "c")),
        (np.array([[1], [0], [0], [1], [2]]), ("0", "1", "2")),
        (np.array([1.0, 0.0, 0.0, 1.0, 2.0]), ("0", "1", "2")),
        (np.array([True, False, False, True, True]), ("False", "True")),
    ],
)
def test_labels_of_many_kinds(tmp_path: Path, grey: Images, labels: NDArray[Any], names: tuple[str, ...]) -> None:
    np.savez(tmp_path / "a.npz", images=grey, labels=labels)
    assert read_images(str(tmp_path / "a.npz")).label_names == names


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(4), "labels have the shape 4, which is not one for each of 5 images"),
        (np.zeros((5, 10)), "labels have the shape 5×10"),
        (np.linspace(0, 1, 5), "neither whole numbers nor words"),
        (np.array([0, 1, np.nan, 0, 1]), "neither whole numbers nor words"),
        (np.array(["a", None, 1, 2, 3], object), "Python objects"),
    ],
)
def test_labels_that_make_no_sense_are_refused(tmp_path: Path, grey: Images, labels: NDArray[Any], words: str) -> None:
    np.savez(tmp_path / "a.npz", images=grey, labels=labels)
    assert words in error_of(tmp_path / "a.npz")


def test_an_npz_with_factors(tmp_path: Path, grey: Images) -> None:
    factors = np.array([[0.1, 3, 7], [0.5, 9, 7], [0.2, 3, 7], [0.9, 9, 7], [0.4, 3, 7]])
    np.savez(tmp_path / "a.npz", images=grey, factors=factors, factor_names=np.array(["yaw", "kind", "same"]))
    known = read_images(str(tmp_path / "a.npz")).factors
    assert known is not None
    assert known.factors == (Factor("yaw"), Factor("kind"))
    assert np.array_equal(known.values, factors[:, :2])


def test_factors_of_whole_numbers_are_categories(tmp_path: Path, grey: Images) -> None:
    np.savez(tmp_path / "a.npz", images=grey, factors=np.array([5, 5, 9, 7, 9]))
    known = read_images(str(tmp_path / "a.npz")).factors
    assert known is not None
    assert known.factors == (Factor("factor 1", 3),)
    assert known.values[:, 0].tolist() == [0, 0, 2, 1, 2]


def test_floats_of_a_few_steps_are_categories(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).choice(np.linspace(0, 1, 8), (200, 2))
    np.savez(tmp_path / "a.npz", images=np.ones((200, 2, 2), np.uint8), latents_values=steps)
    known = read_images(str(tmp_path / "a.npz")).factors
    assert known is not None
    assert [factor.categories for factor in known.factors] == [8, 8]
    assert np.allclose(known.values / 7, steps)


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"factors": np.zeros((4, 2))}, "factors have the shape 4×2, which is not a row for each of 5 images"),
        ({"factors": np.array(3.0)}, "factors have the shape of a single number"),
        ({"factors": np.zeros((5, 2, 2))}, "factors have the shape 5×2×2"),
        ({"factors": np.full((5, 2), np.nan)}, "not all finite numbers"),
        ({"factors": np.full((5, 2), "a")}, "not all finite numbers"),
        ({"factors": np.zeros((5, 2)), "factor_names": np.array(["a"])}, "it names 1 factors but holds 2"),
        ({"factors": np.zeros((5, 2)), "factor_names": np.arange(2)}, "the names of its factors are no words"),
    ],
)
def test_factors_that_make_no_sense_are_refused(
    tmp_path: Path, grey: Images, stored: dict[str, NDArray[Any]], words: str
) -> None:
    np.savez(tmp_path / "a.npz", images=grey, **stored)  # type: ignore[arg-type]  # numpy's stubs take it for a flag
    assert words in error_of(tmp_path / "a.npz")


def test_the_layout_of_dsprites(tmp_path: Path) -> None:
    """Its pixels are 0 and 1, its metadata are Python objects, and its colour is always the same."""
    classes = np.array([[0, shape, scale, 0, 0, 0] for shape in range(3) for scale in range(2)])
    images = np.zeros((6, 64, 64), np.uint8)
    images[:, 10:20] = 1
    metadata = np.array({"author": "nobody"}, object)
    np.savez(tmp_path / "d.npz", metadata=metadata, imgs=images, latents_values=classes / 2, latents_classes=classes)
    read = read_images(str(tmp_path / "d.npz"))
    assert read.images[0, 12, 0, 0] == 255
    assert read.factors is not None
    assert read.factors.factors == (Factor("shape", 3), Factor("scale", 2))
