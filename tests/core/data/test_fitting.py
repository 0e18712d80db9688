"""Fitting images to one shape."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from vae_explorer.core.data.base import Cancelled, ImageShape, Progress, ignore_progress
from vae_explorer.core.data.fitting import fit_array, fit_image
from vae_explorer.core.errors import UserError


def striped(width: int, height: int) -> Image.Image:
    """Black on the left third, grey in the middle, white on the right."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[:, width // 3 : 2 * width // 3] = 128
    pixels[:, 2 * width // 3 :] = 255
    return Image.fromarray(pixels)


def test_crop_takes_the_centre_square() -> None:
    cropped = fit_image(striped(90, 30), ImageShape(10, 1, "crop")).astype(int)
    assert np.abs(cropped - 128).max() < 10  # the edges take in a little of their neighbours
    assert (cropped[:, 3:7] == 128).all()


def test_pad_keeps_the_whole_and_adds_black() -> None:
    padded = fit_image(striped(90, 30), ImageShape(30, 1, "pad"))[:, :, 0]
    assert (padded[:10] == 0).all()
    assert (padded[20:] == 0).all()
    assert list(padded[15, [4, 15, 26]]) == [0, 128, 255]


def test_stretch_keeps_the_whole_and_adds_nothing() -> None:
    stretched = fit_image(striped(90, 30), ImageShape(30, 1, "stretch"))[:, :, 0]
    assert list(stretched[0, [4, 15, 26]]) == [0, 128, 255]
    assert list(stretched[29, [4, 15, 26]]) == [0, 128, 255]


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 5)])
def test_any_size_becomes_the_one_shape(fit: str, size: tuple[int, int]) -> None:
    fitted = fit_image(Image.new("RGB", size, (10, 20, 30)), ImageShape(12, 3, fit))  # type: ignore[arg-type]
    assert fitted.shape == (12, 12, 3)
    assert fitted.dtype == np.uint8
    assert list(fitted.max(axis=(0, 1))) == [10, 20, 30]


def test_an_image_of_the_right_size_is_not_changed() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    assert np.array_equal(fit_image(Image.fromarray(pixels), ImageShape(28, 1))[:, :, 0], pixels)


def test_shrinking_averages_rather_than_picks() -> None:
    fine = np.indices((64, 64)).sum(axis=0) % 2 * 255  # a chessboard of single pixels
    shrunk = fit_image(Image.fromarray(fine.astype(np.uint8)), ImageShape(8, 1))
    assert np.abs(shrunk.astype(int) - 127).max() <= 3


@pytest.mark.parametrize(("mode", "clear"), [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0))])
def test_what_is_transparent_becomes_white(mode: str, clear: tuple[int, ...]) -> None:
    assert (fit_image(Image.new(mode, (9, 9), clear), ImageShape(9, 3)) == 255).all()


def test_padding_is_black_around_a_transparent_image_too() -> None:
    padded = fit_image(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), ImageShape(20, 1, "pad"))
    assert (padded[:5] == 0).all()
    assert (padded[5:15] == 255).all()


def test_an_array_that_fits_is_handed_back_itself() -> None:
    images = np.zeros((3, 8, 8, 1), np.uint8)
    assert fit_array(images, ImageShape(8, 1), ignore_progress, threading.Event()) is images


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_array_is_fitted_image_by_image(channels: int) -> None:
    images = np.full((3, 10, 20, channels), 255, np.uint8)
    images[1, ..., :3] = 40
    fitted = fit_array(images, ImageShape(8, 3), ignore_progress, threading.Event())
    assert fitted.shape == (3, 8, 8, 3)
    assert fitted.mean(axis=(1, 2, 3)).tolist() == [255, 40, 255]


def test_fitting_an_array_reports_and_can_be_cancelled() -> None:
    cancel = threading.Event()
    seen: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        seen.append(progress)
        cancel.set()

    with pytest.raises(Cancelled):
        fit_array(np.zeros((10_000, 4, 4, 1), np.uint8), ImageShape(5, 1), on_progress, cancel)
    assert seen == [Progress(0, 10_000)]


def test_too_large_for_memory_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(UserError, match=r"take 0\.1 GB"):
        fit_array(np.zeros((100, 2, 2, 1), np.uint8), ImageShape(1024, 1), ignore_progress, threading.Event())
