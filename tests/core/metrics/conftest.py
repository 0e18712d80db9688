"""What the tests of metrics share: factors that images could be drawn from, and codes of them."""

from collections.abc import Callable

import numpy as np
import pytest

from vae_explorer.core.data.base import Factor, Factors
from vae_explorer.core.metrics.factors import VaryingFactors, varying

SIZES = (3, 6, 12, None)
"""Values that each factor takes; None: it is continuous."""

MakeFactors = Callable[..., VaryingFactors]


@pytest.fixture
def draw_factors():
    """Return what draws independent factors, as a source of images has them."""

    def draw(count=2000, sizes=SIZES, seed=0) -> Factors:
        random = np.random.default_rng(seed)
        columns = [random.random(count) if size is None else random.integers(0, size, count) for size in sizes]
        named = tuple(Factor(f"factor {place}", size) for place, size in enumerate(sizes))
        return Factors(named, np.stack(columns, axis=1).astype(np.float64))

    return draw


@pytest.fixture
def make_factors(draw_factors) -> MakeFactors:
    """Return what draws factors as metrics take them."""
    return lambda count=2000, sizes=SIZES, seed=0: varying(draw_factors(count, sizes, seed), np.arange(count))


@pytest.fixture
def factors(make_factors):
    return make_factors()


@pytest.fixture
def perfect(factors):
    """Return codes of which each is one factor, shifted and stretched, in another order, and one dimension more."""
    noise = np.random.default_rng(1).normal(size=(len(factors.values), 1))
    return np.hstack([factors.values[:, [2, 0, 3, 1]] * [0.5, -2, 30, 1] + [0, 3, -7, 0.1], noise])


@pytest.fixture
def random_codes(factors):
    """Return codes that tell nothing of the factors."""
    return np.random.default_rng(1).normal(size=(len(factors.values), 5))
