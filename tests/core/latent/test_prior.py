from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core.latent.prior import WITHIN, cover, draw_codes, prior_reach


def test_a_seed_always_draws_the_same() -> None:
    drawn = draw_codes(36, 5, seed=3)
    assert drawn.shape == (36, 5)
    assert drawn.dtype == np.float32
    assert np.array_equal(drawn, draw_codes(36, 5, seed=3))
    assert not np.array_equal(drawn, draw_codes(36, 5, seed=4))


@pytest.mark.parametrize("dims", [1, 2, 10, 64])
def test_what_is_drawn_is_standard_normal_and_its_reach_holds_its_share(dims: int) -> None:
    drawn = draw_codes(100_000, dims, seed=0)
    assert np.abs(drawn.mean(axis=0)).max() < 0.02
    assert drawn.std(axis=0) == pytest.approx(np.ones(dims), abs=0.01)
    assert (np.linalg.norm(drawn, axis=1) <= prior_reach(dims)).mean() == pytest.approx(WITHIN, abs=0.002)


def test_images_that_lie_as_the_prior_does_are_reached_and_near_what_is_drawn() -> None:
    coverage = cover(draw_codes(4000, 2, seed=1), draw_codes(36, 2, seed=2))
    assert coverage.drawn == 36
    assert coverage.far <= 2
    assert coverage.reached == pytest.approx(WITHIN, abs=0.01)


def test_images_that_lie_elsewhere_are_neither() -> None:
    coverage = cover(draw_codes(4000, 2, seed=1) + 20, draw_codes(36, 2, seed=2))
    assert coverage.far == 36
    assert coverage.reached == 0


def test_images_that_spread_are_partly_reached() -> None:
    coverage = cover(10 * draw_codes(4000, 2, seed=1), draw_codes(36, 2, seed=2))
    assert coverage.reached == pytest.approx(1 - np.exp(-(prior_reach(2) ** 2) / 200), abs=0.02)
