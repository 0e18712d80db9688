from __future__ import annotations

import math

import numpy as np
import pytest

from vae_explorer.core.shades import STEPS, UNKNOWN, Shades


def test_numbers_take_the_steps_of_the_scale_in_order() -> None:
    shades = Shades.of(np.linspace(0, 1, 1001))
    assert (shades.low, shades.high) == pytest.approx((0.01, 0.99))
    assert (shades.least, shades.most, shades.beyond, shades.unknown) == (0, 1, 20, 0)
    assert (np.diff(shades.steps) >= 0).all()
    assert set(shades.steps.tolist()) == set(range(STEPS))


def test_an_outlier_takes_the_last_colour_and_leaves_the_others_theirs() -> None:
    values = [*np.linspace(0, 1, 1000), 1e9]
    shades = Shades.of(values)
    assert shades.steps[-1] == STEPS - 1
    assert shades.high < 1
    assert shades.most == 1e9
    assert len(set(shades.steps[:-1].tolist())) == STEPS


def test_what_is_not_finite_is_not_known() -> None:
    shades = Shades.of([1, math.nan, math.inf, -math.inf, 3])
    assert shades.steps.tolist() == [0, UNKNOWN, UNKNOWN, UNKNOWN, STEPS - 1]
    assert shades.unknown == 3
    assert (shades.least, shades.most) == (1, 3)


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_where_nothing_is_known_there_is_no_scale(values: list[float]) -> None:
    shades = Shades.of(values)
    assert (shades.steps == UNKNOWN).all()
    assert math.isnan(shades.low)
    assert shades.unknown == len(values)


def test_equal_numbers_take_one_step() -> None:
    shades = Shades.of([2.5] * 7)
    assert shades.steps.tolist() == [0] * 7
    assert (shades.low, shades.high, shades.beyond) == (2.5, 2.5, 0)


def test_where_nearly_all_are_equal_the_scale_reaches_to_the_others() -> None:
    shades = Shades.of([0.0] * 999 + [1.0])
    assert (shades.low, shades.high) == (0, 1)
    assert shades.steps[-1] == STEPS - 1


def test_the_largest_numbers_there_are_have_a_scale_too() -> None:
    most = np.finfo(np.float64).max
    assert Shades.of([-most, 0, most]).steps.tolist() == [0, STEPS // 2, STEPS - 1]
