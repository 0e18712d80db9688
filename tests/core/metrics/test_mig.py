import numpy as np
import pytest
from scipy.stats import norm

from vae_explorer.core.metrics.mig import density_information, gaps, histogram_information


def entropy(shares) -> float:
    shares = np.array([share for share in np.ravel(shares) if share > 0])
    return float(-(shares * np.log(shares)).sum())


def information_by_counting(code, classes) -> float:
    """I(a; b) = H(a) + H(b) − H(a, b), from a table of counts."""
    edges = np.linspace(code.min(), code.max(), 21)
    joint = np.histogram2d(code, classes, bins=(edges, np.arange(classes.max() + 2)))[0] / len(code)
    return entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint)


def test_the_histogram_form_is_what_counting_gives(factors, random_codes):
    codes = random_codes + factors.values[:, :1] * [[1, 0, 2, 0, 0.3]]
    information = histogram_information(codes, factors)
    for dim, code in enumerate(codes.T):
        for place, classes in enumerate(factors.classes.T):
            assert information[dim, place] == pytest.approx(information_by_counting(code, classes), abs=1e-9)


def test_a_gap_is_between_the_two_dimensions_that_tell_most(factors):
    information = np.array([[0.2, 0, 0, 0], [0.9, 0.1, 0, 0], [0.5, 0.3, 0, 0.4]])
    entropies = [entropy(np.bincount(column) / len(column)) for column in factors.classes.T]
    expected = np.array([0.4, 0.2, 0, 0.4]) / entropies
    assert gaps(information, factors) == pytest.approx(expected)


def test_with_one_dimension_the_next_one_tells_nothing(factors):
    information = np.array([[0.2, 0.1, 0, 0.3]])
    padded = np.vstack([information, np.zeros((1, 4))])
    assert np.array_equal(gaps(information, factors), gaps(padded, factors))


def test_a_perfect_code_has_no_less_than_one(factors, perfect):
    # Twelve values don't all fall into bins of their own, and spread over 2 000 images the noise tells a little.
    assert gaps(histogram_information(perfect, factors), factors).min() > 0.9


def test_a_random_code_has_hardly_any(factors, random_codes):
    assert gaps(histogram_information(random_codes, factors), factors).max() < 0.02


def test_the_density_form_of_a_perfect_code(factors, perfect):
    log_var = np.broadcast_to([-9.0, -9.0, -4.0, -9.0, -2.0], perfect.shape)
    information = density_information(perfect, log_var, factors, np.random.default_rng(2))
    assert gaps(information, factors).min() > 0.9


def test_the_density_form_of_a_random_code(factors, random_codes):
    log_var = np.full(random_codes.shape, -2.0)
    information = density_information(random_codes, log_var, factors, np.random.default_rng(2))
    assert gaps(information, factors).max() < 0.02


def test_the_density_form_is_the_analytic_information(make_factors):
    """One of two equally likely values at ±a with noise N(0, 1): I = H(mixture) − H(noise), by integration."""
    factors, a = make_factors(4000, sizes=(2,)), 1.3
    codes = np.where(factors.classes == 0, -a, a).astype(float)
    found = density_information(codes, np.zeros(codes.shape), factors, np.random.default_rng(0))
    x = np.linspace(-12, 12, 20001)
    density = (norm.pdf(x, -a) + norm.pdf(x, a)) / 2
    expected = -(density * np.log(density)).sum() * (x[1] - x[0]) - norm.entropy()
    # The standard error of 2 000 draws is about 0.01.
    assert found[0, 0] == pytest.approx(expected, abs=0.04)


def test_the_random_numbers_decide(factors, random_codes):
    def once(seed):
        return density_information(random_codes, np.zeros((2000, 5)), factors, np.random.default_rng(seed))

    assert np.array_equal(once(1), once(1))
    assert not np.array_equal(once(1), once(2))
