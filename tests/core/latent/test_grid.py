from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.latent.grid import Axis, Spacing, data_span, spaced

RANDOM = np.random.default_rng(0)
SKEWED = RANDOM.exponential(size=5000)


@pytest.mark.parametrize("codes", [None, SKEWED])
@pytest.mark.parametrize("spacing", ["linear", "quantile"])
@pytest.mark.parametrize("span", [(-2.5, 2.5), (-9.0, 9.0), (0.5, 3.0), (-4.0, -1.0), (-60.0, -50.0), (50.0, 60.0)])
def test_both_ends_are_included_and_it_ascends(
    span: tuple[float, float], spacing: Spacing, codes: NDArray[np.float64] | None
) -> None:
    ticks = spaced(span, 9, spacing, codes)
    assert (ticks[0], ticks[-1]) == span
    assert (np.diff(ticks) >= 0).all()
    assert np.isfinite(ticks).all()


def test_linear_steps_are_equal_whatever_the_codes() -> None:
    assert spaced((-1, 2), 4).tolist() == spaced((-1, 2), 4, "linear", SKEWED).tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize("span", [(-2.5, 2.5), (-1.0, 3.0), (2.0, 4.0), (-8.0, -5.0), (5.0, 8.0)])
def test_by_quantiles_each_step_holds_the_same_share_of_the_prior(span: tuple[float, float]) -> None:
    ticks = spaced(span, 6, "quantile").astype(float)
    # In the upper tail doubles hardly tell shares from 1, so it is looked at from below.
    shares = np.diff([NormalDist().cdf(tick if span[0] < 0 else -tick) for tick in ticks])
    assert shares == pytest.approx(shares.mean(), rel=1e-3)


def test_by_quantiles_each_step_holds_the_same_share_of_the_codes() -> None:
    ticks = spaced((0.2, 2.0), 5, "quantile", SKEWED)
    shares = np.histogram(SKEWED, ticks)[0]
    assert shares == pytest.approx(shares.mean(), abs=2)
    assert np.diff(ticks)[0] < np.diff(ticks)[-1] / 2


def test_where_no_codes_lie_the_range_is_divided_linearly() -> None:
    assert spaced((-3, -1), 3, "quantile", SKEWED).tolist() == [-3, -2, -1]


def test_a_single_step_is_the_middle() -> None:
    assert spaced((-1, 3), 1).tolist() == [1]
    assert spaced((-1, 1), 1, "quantile").tolist() == pytest.approx([0], abs=1e-6)
    assert spaced((0, 9), 1, "quantile", SKEWED).tolist() == pytest.approx([np.median(SKEWED)])


def test_the_datas_range_leaves_the_outermost_out() -> None:
    mean = np.stack([np.linspace(0, 1, 1001), np.linspace(-3, 5, 1001)], axis=1).astype(np.float32)
    mean[0], mean[-1] = -100, 100
    assert data_span(mean) == pytest.approx(np.array([[0.005, 0.995], [-2.96, 4.96]]), abs=1e-3)


@pytest.mark.parametrize("level", [0.0, -0.3, 1e6])
def test_a_dimension_without_spread_has_a_range_all_the_same(level: float) -> None:
    low, high = data_span(np.full((10, 1), level, np.float32))[0]
    assert low < level < high


def test_an_axis_is_a_dimension_and_its_coordinates() -> None:
    axis = Axis.of(3, (-1, 1), 3)
    assert (axis.dim, axis.ticks.tolist()) == (3, [-1, 0, 1])
    assert axis.ticks.dtype == np.float32
