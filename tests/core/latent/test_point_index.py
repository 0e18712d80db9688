from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.latent.point_index import Box, PointIndex, Runs

EVERYWHERE = (-1e9, 1e9, -1e9, 1e9)
HERE = (-0.3, 0.9, -1.1, 0.2)


def clusters(count: int, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    centres = random.normal(0, 1, (5, 2))[random.integers(0, 5, count)]
    return (centres + random.normal(0, 0.3, (count, 2))).astype(np.float32)


def within(xy: NDArray[np.float32], box: Box) -> NDArray[np.int64]:
    x, y = xy.T
    return np.flatnonzero((x >= box[0]) & (x < box[1]) & (y >= box[2]) & (y < box[3]))


@pytest.fixture(scope="module")
def xy() -> NDArray[np.float32]:
    return clusters(30_000)


@pytest.fixture(scope="module")
def index(xy: NDArray[np.float32]) -> PointIndex:
    return PointIndex(xy)


def test_each_point_is_there_once_under_its_number(index: PointIndex, xy: NDArray[np.float32]) -> None:
    assert np.array_equal(np.sort(index.numbers), np.arange(len(xy)))
    assert np.array_equal(index.xy, xy[index.numbers])


def test_points_may_have_numbers_of_their_own() -> None:
    xy, names = clusters(100), np.arange(100, dtype=np.int32) * 7
    index = PointIndex(xy, names)
    assert np.array_equal(index.xy, xy[index.numbers // 7])


@pytest.mark.parametrize(
    "box", [HERE, EVERYWHERE, (0.1, 0.1001, 0.1, 0.1001), (50, 60, 50, 60), (-1e9, 0, 0.2, 0.3), (2, 1, 2, 1)]
)
def test_those_in_a_box_are_found(index: PointIndex, xy: NDArray[np.float32], box: Box) -> None:
    places = index.inside(box)
    assert np.array_equal(np.sort(index.numbers[places]), within(xy, box))
    assert (np.diff(places) > 0).all()
    count = len(places)
    assert index.has_at_least(count, box)
    assert not index.has_at_least(count + 1, box)
    assert count <= index.count_about(box) <= len(index)


def test_neighbours_lie_together(index: PointIndex) -> None:
    small = (0.0, 0.05, 0.0, 0.05)
    assert len(index.runs(small)) < 0.02 * len(index)
    assert len(index.runs(small).starts) < 30


@pytest.mark.parametrize(("radius", "within_box"), [(0.2, EVERYWHERE), (0.02, EVERYWHERE), (0.2, HERE)])
def test_the_nearest_point_is_found(index: PointIndex, xy: NDArray[np.float32], radius: float, within_box: Box) -> None:
    for x, y in np.random.default_rng(1).uniform(-3, 3, (200, 2)).astype(np.float32):
        candidates = within(xy, within_box)
        distances = np.hypot(*(xy[candidates] - (x, y)).T)
        place = index.nearest(float(x), float(y), radius, within_box)
        if place is None:
            assert distances.min() > radius
        else:
            assert np.hypot(*(index.xy[place] - (x, y))) == pytest.approx(distances.min(), abs=1e-6)


@pytest.mark.parametrize("outlier", [(1e6, -1e6), (1e30, 1e30), (np.inf, 0)])
def test_a_far_outlier_makes_no_square_large_and_is_found_as_well(outlier: tuple[float, float]) -> None:
    xy = np.concatenate([clusters(30_000), [outlier]]).astype(np.float32)
    index = PointIndex(xy)
    assert len(index.runs((0.0, 0.05, 0.0, 0.05))) < 600
    assert len(index) == 30_000 + np.isfinite(outlier).all()
    if np.isfinite(outlier).all():
        place = index.nearest(*outlier, 0.01 * abs(outlier[0]), (-3e38, 3e38, -3e38, 3e38))
        assert place is not None
        assert index.numbers[place] == 30_000


def test_what_is_not_a_number_has_no_place() -> None:
    index = PointIndex(np.array([(0, 0), (np.nan, 0), (0, -np.inf), (1, 1)], np.float32))
    assert sorted(index.numbers.tolist()) == [0, 3]


@pytest.mark.parametrize("count", [0, 1, 2, 30_000])
def test_points_that_all_lie_at_one_place(count: int) -> None:
    index = PointIndex(np.full((count, 2), 3.25, np.float32))
    assert len(index) == count
    assert index.has_at_least(count, (3, 3.5, 3, 3.5))
    assert (index.nearest(3.2, 3.2, 0.5, EVERYWHERE) is None) == (count == 0)
    assert all(level.counts.tolist() == [count] for level in index.levels)


# Levels


def test_a_level_has_all_points_where_they_are(index: PointIndex) -> None:
    assert index.levels
    for level in index.levels:
        assert level.counts.sum() == len(index) - len(index.beyond)
        merged = index.xy[level.starts[0] : level.starts[1]]
        assert level.xy[0] == pytest.approx(merged.mean(axis=0), abs=1e-5)
        assert np.ptp(merged, axis=0).max() <= level.square
        assert level.average(index.xy[:, 0]) == pytest.approx(level.xy[:, 0])


def test_levels_are_few_and_the_coarsest_that_is_fine_enough_is_taken(index: PointIndex) -> None:
    sizes = [len(level.xy) for level in index.levels]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) < 0.4 * len(index)
    squares = [level.square for level in index.levels]
    assert index.level_for(squares[1] * 1.01) is index.levels[1]
    assert index.level_for(squares[0] * 0.99) is None


def test_the_squares_of_a_part_have_its_points(index: PointIndex) -> None:
    runs = index.runs(HERE)
    level = index.levels[0]
    squares = index.squares_in(runs, level)
    assert squares.of(level.counts).sum() == len(runs)


def test_merged_points_are_all_of_them(index: PointIndex) -> None:
    for points in (index, PointIndex(clusters(1000))):
        places, counts = points.merged()
        assert counts.sum() == len(points)
        assert (places * counts[:, None]).sum(axis=0) / len(points) == pytest.approx(points.xy.mean(axis=0), abs=1e-3)


def test_few_points_need_no_levels() -> None:
    assert PointIndex(clusters(1000)).levels == ()


# Runs


@pytest.mark.parametrize("most", [1, 3, 4, 100])
def test_pieces_have_all_places_in_order(most: int) -> None:
    runs = Runs(np.array([2, 10, 20]), np.array([5, 11, 26]))
    values = np.arange(30)
    pieces = [piece.of(values).tolist() for piece in runs.pieces(most)]
    assert all(0 < len(piece) <= most for piece in pieces)
    assert sum(pieces, []) == runs.of(values).tolist() == [2, 3, 4, 10, 20, 21, 22, 23, 24, 25]  # noqa: RUF017


def test_no_runs_have_nothing() -> None:
    runs = Runs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert len(runs) == 0
    assert list(runs.pieces(5)) == []
    assert runs.of(np.arange(3)).tolist() == []


def test_memory_is_bounded() -> None:
    index = PointIndex(clusters(200_000))
    assert index.nbytes <= 21 * 200_000
