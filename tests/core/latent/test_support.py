from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.latent import support
from vae_explorer.core.latent.support import NEIGHBOUR, Support, nearest

Floats = NDArray[np.float32]


def normal(count: int, dims: int = 2, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, dims)).astype(np.float32)


def distances(points: Floats, codes: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points[:, None] - codes[None], axis=-1), np.float32)


@pytest.mark.parametrize("dims", [1, 2, 10])
def test_support_is_full_near_data_and_falls_to_nothing_at_twice_the_reach(dims: int) -> None:
    codes, points = normal(500, dims), 3 * normal(300, dims, seed=1)
    support = Support(codes)
    third = np.sort(distances(points, codes), axis=1)[:, NEIGHBOUR - 1]
    assert support.at(points) == pytest.approx(np.clip(2 - third / support.reach, 0, 1), abs=1e-3)


def test_the_reach_is_where_all_but_a_twentieth_have_their_third_neighbour() -> None:
    codes = normal(500)
    third = np.sort(distances(codes, codes), axis=1)[:, NEIGHBOUR]  # the nearest is the code itself
    assert Support(codes).reach == pytest.approx(np.quantile(third, 0.95), rel=1e-3)


def test_almost_all_images_support_themselves() -> None:
    codes = normal(1000)
    assert (Support(codes).at(codes) == 1).mean() >= 0.95


def test_one_outlier_is_no_support() -> None:
    codes = np.concatenate([normal(200), [[50, 50]]]).astype(np.float32)
    assert Support(codes).at(np.array([[50, 50]], np.float32)).tolist() == [0]


def test_support_scales_with_the_latent_space() -> None:
    codes, points = normal(300), 3 * normal(100, seed=1)
    small, large = Support(codes), Support(1000 * codes)
    assert large.reach == pytest.approx(1000 * small.reach, rel=1e-3)
    assert large.at(1000 * points) == pytest.approx(small.at(points), abs=1e-3)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_images_are_enough(count: int) -> None:
    codes = normal(count)
    assert Support(codes).at(codes[:1]).shape == (1,)
    assert Support(codes).at(codes[:1] + 1e6).tolist() == [0]


def test_images_that_all_have_one_code_support_it_alone() -> None:
    codes = np.full((50, 2), 0.3, np.float32)
    assert Support(codes).at(np.array([[0.3, 0.3], [0.4, 0.3]], np.float32)).tolist() == pytest.approx([1, 0])


def test_support_is_the_same_wherever_the_codes_lie() -> None:
    codes, points = normal(300), 3 * normal(100, seed=1)
    far = np.float32(1024)
    assert Support(codes + far).at(points + far) == pytest.approx(Support(codes).at(points), abs=0.01)


def test_of_many_images_a_sample_is_measured_against(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, points = normal(8000), 3 * normal(200, seed=1)
    sampled = Support(codes).at(points)
    monkeypatch.setattr(support, "MAX_CODES", 10_000)
    whole = Support(codes).at(points)
    assert 0 < np.abs(sampled - whole).mean() < 0.1


@pytest.mark.parametrize("dims", [1, 2, 64])
def test_the_nearest_are_found_in_order(dims: int) -> None:
    codes, point = normal(500, dims), normal(1, dims, seed=1)[0]
    indices, found = nearest(codes, point, 6)
    every = distances(point[None], codes)[0]
    assert indices.tolist() == np.argsort(every)[:6].tolist()
    assert found == pytest.approx(np.sort(every)[:6], abs=1e-5)


def test_there_are_no_more_neighbours_than_images() -> None:
    indices, found = nearest(normal(3), np.zeros(2, np.float32), 6)
    assert sorted(indices.tolist()) == [0, 1, 2]
    assert len(found) == 3


def test_equally_near_images_come_in_their_order() -> None:
    codes = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [0.5, 0]], np.float32)
    assert nearest(codes, np.zeros(2, np.float32), 5)[0].tolist()[0] == 4
