"""The samples that come with the program."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core.data.base import ImageShape, Progress, Suggestion, read_images, suggest
from vae_explorer.core.data.samples import samples
from vae_explorer.core.errors import UserError


def test_digits_are_mnists() -> None:
    digits = read_images("sample:digits")
    assert digits.images.shape == (5000, 28, 28, 1)
    assert digits.images.dtype == np.uint8
    assert not digits.images.flags.writeable
    assert (digits.source, digits.title) == ("sample:digits", "5 000 handwritten digits")
    assert digits.labels is not None
    assert np.bincount(digits.labels).tolist() == [500] * 10
    assert digits.label_names == tuple("0123456789")
    assert (digits.paths[17], digits.paths[4999]) == ("digit 0017", "digit 4999")
    assert (digits.images.min(), digits.images.max()) == (0, 255)


def test_digits_look_like_their_labels() -> None:
    """A one and a zero differ where a zero has its hole."""
    digits = read_images("sample:digits")
    mean = [digits.images[digits.labels == digit].mean(axis=0)[:, :, 0] for digit in range(10)]
    assert mean[1][14, 14] > 200
    assert mean[0][14, 14] < 20


def test_digits_are_suggested_as_they_are() -> None:
    assert suggest("sample:digits") == Suggestion(ImageShape(28, 1), 5000)


def test_digits_can_have_another_shape() -> None:
    reports: list[Progress] = []
    digits = read_images("sample:digits", ImageShape(16, 3), reports.append)
    assert digits.images.shape == (5000, 16, 16, 3)
    assert digits.shape == ImageShape(16, 3)
    assert np.array_equal(digits.images[..., 0], digits.images[..., 2])
    assert reports[-1] == Progress(5000, 5000)


def test_an_unknown_sample_is_answered_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no sample called “cats”; there are: .*digits"):
        read_images("sample:cats")
    with pytest.raises(UserError, match="no sample called “”"):
        suggest("sample:")


def test_every_sample_says_what_it_is() -> None:
    for sample in samples.parts():
        assert sample.title
        assert sample.summary
        assert suggest(f"sample:{sample.name}") == Suggestion(sample.native, sample.count)
