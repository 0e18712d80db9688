"""Cartoon faces, drawn from known factors."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.data.base import Cancelled, Images, ImageShape, Progress, Suggestion, read_images, suggest
from vae_explorer.core.data.faces import MOODS, RANGES, faces_from

USUAL = {"yaw": 0.0, "expression": 0.0, "eye_opening": 0.7, "hair": 0.3, "skin": 0.3, "light": 0.0}


def faces(**changed: NDArray[np.float64] | list[float]) -> Images:
    """Faces that are usual but for some factors."""
    count = len(next(iter(changed.values())))
    columns = [np.broadcast_to(np.asarray(changed.get(name, value)), (count,)) for name, value in USUAL.items()]
    return faces_from(np.stack(columns, axis=1).astype(np.float64), 64)


def brightness(pixels: Images) -> float:
    return float(pixels.mean())


def test_faces_come_with_their_factors() -> None:
    images = read_images("sample:faces:500:2")
    assert images.images.shape == (500, 64, 64, 3)
    assert not np.asarray(images.images).flags.writeable
    assert (images.title, images.paths[7]) == ("500 cartoon faces", "face 007")
    assert images.factors is not None
    assert [factor.name for factor in images.factors.factors] == list(RANGES)
    assert {factor.categories for factor in images.factors.factors} == {None}
    assert suggest("sample:faces") == Suggestion(ImageShape(64, 3), 5000)


def test_factors_are_uniform_and_independent() -> None:
    factors = read_images("sample:faces:4000").factors
    assert factors is not None
    low, high = np.array(list(RANGES.values())).T
    shares = (factors.values - low) / (high - low)
    quarters = np.quantile(shares, [0, 0.25, 0.5, 0.75, 1], axis=0).T
    assert np.allclose(quarters, [0, 0.25, 0.5, 0.75, 1], atol=0.03)
    assert np.allclose(np.corrcoef(shares.T), np.eye(6), atol=0.06)


def test_labels_are_the_expressions_thirds() -> None:
    images = read_images("sample:faces:300")
    assert images.factors is not None
    assert images.labels is not None
    assert images.label_names == MOODS == ("frown", "neutral", "smile")
    expression = images.factors.values[:, 1]
    for label, (low, high) in enumerate([(-1, -1 / 3), (-1 / 3, 1 / 3), (1 / 3, 1)]):
        seen = expression[images.labels == label]
        assert low <= seen.min() < seen.max() <= high


def test_every_face_is_drawn_from_its_factors_alone() -> None:
    images = read_images("sample:faces:70:9")
    assert images.factors is not None
    assert np.array_equal(images.images[50:53], faces_from(images.factors.values[50:53], 64))


@pytest.mark.parametrize("name", list(RANGES))
def test_every_factor_changes_the_picture_steadily(name: str) -> None:
    steps = faces(**{name: np.linspace(*RANGES[name], 21)}).astype(np.float64)
    changes = abs(np.diff(steps, axis=0)).mean(axis=(1, 2, 3))
    assert changes.min() > 0.01
    assert abs(steps[-1] - steps[0]).mean() > 0.4
    assert changes.max() < 8 * np.median(changes)  # nothing jumps


def test_a_head_that_turns_the_other_way_is_seen_in_a_mirror_but_for_its_parting() -> None:
    left, right = faces(yaw=[-40, 40]).astype(np.float64)
    assert abs(left - right[:, ::-1]).mean() < 0.3 * abs(left - right).mean()


def test_light_and_skin_make_brighter_and_darker() -> None:
    from_left, from_right = faces(light=[-1, 1])
    assert brightness(from_left[:, :32]) > brightness(from_left[:, 32:])
    assert brightness(from_right[:, :32]) < brightness(from_right[:, 32:])
    skins = faces(skin=[0.0, 0.5, 1.0])[:, 36:38, 24:40].mean(axis=(1, 2, 3))
    assert skins[0] > skins[1] + 20 > skins[2] + 40


def test_a_smile_shows_teeth() -> None:
    frown, smile = faces(expression=[-1, 1])[:, 44:50, 26:38].min(axis=3)
    assert (smile > 200).sum() > 5
    assert (frown > 200).sum() == 0


def test_edges_are_soft() -> None:
    """A hard-edged picture has few colours."""
    assert len(np.unique(faces(yaw=[10])[0].reshape(-1, 3), axis=0)) > 500


@pytest.mark.parametrize("shape", [ImageShape(28, 1), ImageShape(96, 3), ImageShape(64, 1)])
def test_other_shapes_show_the_same_face(shape: ImageShape) -> None:
    usual, other = read_images("sample:faces:3"), read_images("sample:faces:3", shape)
    assert other.images.shape == (3, *shape.array_shape)
    assert other.shape == shape
    assert np.allclose(
        np.asarray(usual.images).mean(axis=(1, 2, 3)), np.asarray(other.images).mean(axis=(1, 2, 3)), atol=8
    )


def test_extremes_are_pictures_too() -> None:
    ends = np.array(np.meshgrid(*RANGES.values())).reshape(6, -1).T
    pictures = faces_from(ends, 64)
    assert len(np.unique(pictures.reshape(64, -1), axis=0)) == 64
    assert (pictures.std(axis=(1, 2, 3)) > 20).all()


def test_drawing_tells_how_far_it_is_and_stops_when_asked_to() -> None:
    reports: list[Progress] = []
    read_images("sample:faces:2000", None, reports.append)
    assert [one.done for one in reports] == [0, 1024, 2000]
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        read_images("sample:faces:2000", None, lambda _: cancel.set(), cancel)
