import numpy as np
import pytest

from vae_explorer.core.metrics.sap import accuracies, separation, squared_correlations


def test_a_perfect_code_by_regression(factors, perfect):
    assert separation(squared_correlations(perfect, factors)) > 0.98


def test_a_random_code_by_regression(factors, random_codes):
    assert separation(squared_correlations(random_codes, factors)) < 0.01


def test_squared_correlations_are_those_of_numpy(factors, random_codes):
    codes = random_codes + factors.values[:, :1] * [[1, 0, 2, 0, 0.3]]
    expected = np.corrcoef(codes.T, factors.values.T)[:5, 5:] ** 2
    assert squared_correlations(codes, factors) == pytest.approx(expected)


def test_a_dimension_that_never_moves_predicts_nothing(factors, perfect):
    perfect[:, 0] = 7.0
    assert not squared_correlations(perfect, factors)[0].any()
    assert separation(accuracies(perfect, factors)) < 1


def test_a_perfect_code_by_classification_is_right_where_another_guesses(make_factors):
    factors = make_factors(sizes=(2, 2))
    assert separation(accuracies(factors.values, factors)) == pytest.approx(0.5, abs=0.05)


def test_a_random_code_by_classification(factors, random_codes):
    assert separation(accuracies(random_codes, factors)) < 0.05


def test_the_gap_is_between_the_best_two():
    assert separation(np.array([[0.9, 0.2], [0.4, 0.3], [0.5, 0.3]])) == pytest.approx((0.4 + 0) / 2)
    assert separation(np.array([[0.9, 0.2]])) == pytest.approx((0.9 + 0.2) / 2)
