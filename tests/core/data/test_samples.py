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
    assert np.asarray(digits.images).dtype == np.uint8
    assert not np.asarray(digits.images).flags.writeable
    assert (digits.source, digits.title) == ("sample:digits", "5 000 handwritten digits")
    assert digits.labels is not None
    assert np.bincount(digits.labels).tolist() == [500] * 10
    assert digits.label_names == tuple("0123456789")
    assert (digits.paths[17], digits.paths[4999]) == ("digit 0017", "digit 4999")
    assert (np.asarray(digits.images).min(), np.asarray(digits.images).max()) == (0, 255)


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


@pytest.mark.parametrize("spec", ["sample:digits", "sample:digits:30:4", "sample:faces:20:4", "sample:shapes:20:4"])
def test_a_set_names_the_specification_that_gives_it_again(spec: str) -> None:
    images = read_images(spec)
    again = read_images(images.source)
    assert images.source == spec
    assert suggest(spec).count == len(images) == len(images.paths)
    assert np.array_equal(images.images, again.images)
    assert images.labels is not None
    assert again.labels is not None
    assert np.array_equal(images.labels, again.labels)


@pytest.mark.parametrize(
    ("spec", "short"),
    [
        ("sample:digits:5000", "sample:digits"),
        ("sample:digits:5000:0", "sample:digits"),
        ("sample:digits:all", "sample:digits"),
        ("sample:digits:007:0", "sample:digits:7"),
    ],
)
def test_the_same_images_have_one_specification(spec: str, short: str) -> None:
    images = read_images(spec)
    assert images.source == short
    assert np.array_equal(images.images, read_images(short).images)


@pytest.mark.parametrize("name", ["digits", "faces", "shapes"])
def test_fewer_images_are_the_beginning_of_more_and_other_seeds_give_others(name: str) -> None:
    few, more = read_images(f"sample:{name}:10:3"), read_images(f"sample:{name}:40:3")
    assert np.array_equal(few.images, more.images[:10])
    assert not np.array_equal(few.images, read_images(f"sample:{name}:10:2").images)


def test_a_choice_of_digits_keeps_names_and_labels_with_their_images() -> None:
    everything, some = read_images("sample:digits"), read_images("sample:digits:200:1")
    places = [everything.paths.index(path) for path in some.paths]
    assert len(set(places)) == 200
    assert np.array_equal(some.images, everything.images[places])
    assert some.labels is not None
    assert everything.labels is not None
    assert np.array_equal(some.labels, everything.labels[places])
    assert some.title == "200 handwritten digits"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("sample:digits:5001", "can have 1 to 5 000 images, not 5 001"),
        ("sample:digits:0", "can have 1 to 5 000 images, not 0"),
        ("sample:shapes:737281", "can have 1 to 737 280 images"),
        ("sample:faces:10000000", "can have 1 to 1 000 000 images"),
        ("sample:faces:all", "without end, so there is no “all”"),
        ("sample:digits:-3", "isn't understood; there are sample:digits, sample:digits:all, sample:digits:COUNT and"),
        ("sample:faces:many", "there are sample:faces, sample:faces:COUNT and sample:faces:COUNT:SEED."),
        ("sample:digits:1:2:3", "isn't understood"),
        ("sample:digits:all:3", "isn't understood"),
        ("sample:digits:1.5", "isn't understood"),
        ("sample:digits:٣", "isn't understood"),
        ("sample:digits:", "isn't understood"),
        ("sample:digits:1:" + "9" * 5000, "isn't understood"),
    ],
)
def test_a_portion_that_makes_no_sense_is_refused_in_one_sentence(spec: str, words: str) -> None:
    for ask in (suggest, read_images):
        with pytest.raises(UserError) as caught:
            ask(spec)
        assert words in str(caught.value)
        assert str(caught.value).endswith(".")
        assert "\n" not in str(caught.value)


def test_every_sample_says_what_it_is() -> None:
    for sample in samples.parts():
        assert sample.title
        assert sample.summary
        assert suggest(f"sample:{sample.name}") == Suggestion(sample.native, sample.count)
