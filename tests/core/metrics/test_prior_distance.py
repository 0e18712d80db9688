import numpy as np
import pytest

from vae_explorer.core.metrics.prior_distance import SCALES, squared_mmd


@pytest.fixture
def draw():
    random = np.random.default_rng(0)
    return lambda count=1000, dims=3: random.normal(size=(count, dims))


def test_two_draws_of_the_prior_are_as_good_as_equal(draw):
    assert abs(squared_mmd(draw(), draw())) < 0.002


def test_it_is_without_bias(draw):
    """The mean of many estimates is 0 for equal distributions, though each may be negative."""
    estimates = [squared_mmd(draw(50), draw(50)) for _ in range(200)]
    assert min(estimates) < 0
    assert abs(np.mean(estimates)) < 4 * np.std(estimates) / np.sqrt(200)


@pytest.mark.parametrize("change", [lambda z: z + 2, lambda z: 0.3 * z, lambda z: 3 * z, lambda z: z[:, [0, 0, 0]]])
def test_what_is_not_the_prior_is_told(draw, change):
    assert squared_mmd(change(draw()), draw()) > 0.02


def test_it_is_what_the_formula_says(draw):
    one, other = draw(7), draw(5) + 1

    def kernel(x, y):
        widths = [2 * 3 * scale for scale in SCALES]
        return np.mean([width / (width + ((x - y) ** 2).sum()) for width in widths])

    def mean(of):
        return np.mean([kernel(x, y) for x, y in of])

    within = mean([(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j])
    within += mean([(x, y) for i, x in enumerate(other) for j, y in enumerate(other) if i != j])
    between = mean([(x, y) for x in one for y in other])
    assert squared_mmd(one, other) == pytest.approx(within - 2 * between)
