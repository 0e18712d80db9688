import numpy as np
import pytest

from vae_explorer.core.data.base import Cancelled
from vae_explorer.core.metrics.dci import completeness, disentanglement, predict


def test_a_perfect_code(factors, perfect):
    found = predict(perfect[:1000], factors.first(1000), 500)
    assert disentanglement(found.importances) > 0.95
    assert completeness(found.importances) > 0.95
    assert found.scores.min() > 0.95


def test_a_random_code(factors, random_codes):
    found = predict(random_codes[:1000], factors.first(1000), 500)
    assert disentanglement(found.importances) < 0.1
    assert completeness(found.importances) < 0.1
    assert found.scores[2:].max() < 0.1  # those predicted as numbers; the others are guessed right now and then
    assert found.scores[:2] == pytest.approx([1 / 3, 1 / 6], abs=0.1)


def test_both_are_one_for_a_permutation_and_zero_for_an_even_spread():
    permutation = np.eye(4)[[2, 0, 3, 1]]
    assert disentanglement(permutation) == completeness(permutation) == pytest.approx(1)
    even = np.full((4, 3), 0.25)
    assert disentanglement(even) == pytest.approx(0)
    assert completeness(even) == pytest.approx(0)


def test_they_differ_where_one_dimension_serves_all():
    one_for_all = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert disentanglement(one_for_all) == pytest.approx(0)
    assert completeness(one_for_all) == pytest.approx(1)


def test_dimensions_weigh_as_much_as_they_serve():
    importances = np.array([[0.9, 0.0], [0.05, 0.05]])
    assert disentanglement(importances) == pytest.approx(0.9)


def test_nothing_that_serves_disentangles_nothing():
    assert disentanglement(np.zeros((3, 2))) == 0


def test_it_can_be_given_up_between_two_trees(factors, perfect):
    looks = iter(range(5))

    def tick(_done, _total):
        if next(looks) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        predict(perfect, factors, 1000, tick)
    assert next(looks) == 4
