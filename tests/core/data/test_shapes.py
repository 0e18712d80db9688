"""Squares, ellipses and hearts, in the manner of dSprites."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vae_explorer.core.data.base import Factor, ImageShape, Suggestion, read_images, suggest
from vae_explorer.core.data.shapes import Shapes, factors_of, shapes_from

GRID = (3, 6, 40, 32, 32)


def test_shapes_come_with_their_factors() -> None:
    images = read_images("sample:shapes:2000:5")
    assert images.images.shape == (2000, 64, 64, 1)
    assert set(np.unique(images.images)) == {0, 255}
    assert images.title == "2 000 of 737 280 shapes"
    assert images.factors is not None
    names = ("shape", "scale", "orientation", "x", "y")
    assert images.factors.factors == tuple(map(Factor, names, GRID))
    assert images.label_names == ("square", "ellipse", "heart")
    assert images.labels is not None
    assert np.array_equal(images.labels, images.factors.values[:, 0])
    assert np.array_equal(images.images, shapes_from(images.factors.values.astype(np.int64)))


def test_a_subset_has_no_image_twice_and_takes_every_value_evenly() -> None:
    factors = read_images("sample:shapes:20000").factors
    assert factors is not None
    assert len(np.unique(factors.values, axis=0)) == 20_000
    for column, values in enumerate(GRID):
        counts = np.bincount(factors.values[:, column].astype(int), minlength=values)
        assert np.allclose(counts / 20_000, 1 / values, rtol=0.25)


def test_y_is_fastest_and_shape_slowest() -> None:
    assert factors_of(np.array([0, 1, 32, 1024, 40 * 1024, 240 * 1024, 737_279])).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [2, 5, 39, 31, 31],
    ]


def test_x_and_y_move_a_shape_by_whole_pixels_from_edge_to_edge() -> None:
    start, right, down, last = shapes_from(np.array([[2, 5, 7, x, y] for x, y in [(0, 0), (3, 0), (0, 4), (31, 31)]]))
    assert np.array_equal(np.roll(start, 3, axis=1), right)
    assert np.array_equal(np.roll(start, 4, axis=0), down)
    assert np.array_equal(np.roll(start, (31, 31), axis=(0, 1)), last)
    whole = shapes_from(np.array([[0, 5, angle, 0, 0] for angle in range(40)]))
    assert whole[:, 0].max() == whole[:, :, 0].max() == 255


def test_the_first_orientation_and_the_last_coincide_and_no_neighbours_do() -> None:
    for shape in range(3):
        turned = shapes_from(np.array([[shape, 5, angle, 15, 15] for angle in range(40)]))
        assert np.array_equal(turned[0], turned[39])
        assert all(not np.array_equal(one, other) for one, other in pairwise(turned))


def test_scale_goes_from_a_half_to_one() -> None:
    for shape in range(3):
        values = np.array([[shape, scale, angle, 15, 15] for scale in range(6) for angle in range(40)])
        areas = (shapes_from(values) > 0).reshape(6, -1).sum(axis=1)  # over all angles, since pixels are coarse
        assert np.allclose(np.sqrt(areas / areas[5]), np.linspace(0.5, 1, 6), atol=0.02)


def test_shapes_differ_as_their_names_say() -> None:
    square, ellipse, heart = (shapes_from(np.array([[shape, 5, 0, 15, 15] for shape in range(3)])) > 0)[..., 0]
    rows, columns = np.nonzero(square)
    assert square[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    tall, wide = np.ptp(np.nonzero(ellipse), axis=1) + 1
    assert tall == pytest.approx(2 * wide, abs=2)
    assert np.array_equal(heart, heart[:, ::-1]) or np.array_equal(heart[:, 15:48], heart[:, 15:48][:, ::-1])
    assert heart[:31].sum() > 1.3 * heart[32:].sum()  # its point is below


def test_all_of_them_are_suggested_but_a_subset_is_usual() -> None:
    assert suggest("sample:shapes") == Suggestion(ImageShape(64, 1), 20_000)
    assert suggest("sample:shapes:all") == Suggestion(ImageShape(64, 1), 737_280)
    assert "20 000" in Shapes.summary


def test_all_of_them_in_their_order_at_a_small_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shapes, "limit", 3000)
    images = read_images("sample:shapes:all")
    assert images.source == "sample:shapes:all"
    assert images.title == "3 000 shapes"
    assert images.factors is not None
    assert np.array_equal(images.factors.values, factors_of(np.arange(3000)))


def test_shapes_at_another_size_and_in_colour() -> None:
    images = read_images("sample:shapes:50", ImageShape(32, 3))
    assert images.images.shape == (50, 32, 32, 3)
    assert (np.asarray(images.images).max(axis=(1, 2, 3)) > 200).all()
