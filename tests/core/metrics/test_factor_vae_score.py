import numpy as np
import pytest

from vae_explorer.core.metrics.factor_vae_score import LEAST_GROUP, groups_of, score


def score_of(codes, factors, seed=0) -> float:
    return score(codes, groups_of(factors), np.random.default_rng(seed))


def test_a_perfect_code(factors, perfect):
    assert score_of(perfect, factors) > 0.99


def test_a_random_code_guesses(factors, random_codes):
    assert score_of(random_codes, factors) == pytest.approx(1 / len(factors), abs=0.05)


def test_dimensions_that_hardly_move_are_left_out(factors, perfect):
    still = np.random.default_rng(3).normal(size=(len(perfect), 2)) * 0.01
    assert score_of(np.hstack([still, perfect]), factors) == score_of(perfect, factors)
    assert score_of(perfect * 1e-4, factors) == 0


def test_groups_share_a_value(make_factors):
    factors = make_factors(count=300, sizes=(3, 40))
    few, many = groups_of(factors)
    assert [set(factors.classes[group, 0]) for group in few] == [{0}, {1}, {2}]
    assert sum(map(len, few)) == 300
    assert 0 < len(many) < 40
    assert min(map(len, many)) >= LEAST_GROUP


def test_the_random_numbers_decide(factors, perfect):
    mixed = perfect @ np.random.default_rng(4).normal(size=(5, 5))
    assert score_of(mixed, factors, seed=1) == score_of(mixed, factors, seed=1)
    assert score_of(mixed, factors, seed=1) != score_of(mixed, factors, seed=2)
