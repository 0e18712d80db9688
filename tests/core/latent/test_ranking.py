from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_explorer.core.latent import ranking
from vae_explorer.core.latent.ranking import Ranking, kl_per_dim
from vae_explorer.core.posterior import kl_from_prior

RANDOM = np.random.default_rng(0)
MEAN = (RANDOM.normal(size=(50, 4)) * [1, 0, 3, 2]).astype(np.float32)
LOG_VAR = (RANDOM.normal(size=(50, 4)) * [1, 0, 1, 1]).astype(np.float32)


def test_the_kl_is_that_of_the_objectives() -> None:
    expected = kl_from_prior(torch.from_numpy(MEAN), torch.from_numpy(LOG_VAR)).mean(0).numpy()
    assert kl_per_dim(MEAN, LOG_VAR) == pytest.approx(expected, rel=1e-5)


def test_dimensions_come_by_kl_and_a_collapsed_one_last() -> None:
    result = Ranking.of(MEAN, LOG_VAR)
    assert result.measure == "kl"
    assert result.order == (2, 3, 0, 1)
    assert [result.is_collapsed(dim) for dim in range(4)] == [False, True, False, False]


def test_without_a_posterior_they_come_by_variance_which_calls_none_collapsed() -> None:
    result = Ranking.of(MEAN, None)
    assert result.measure == "variance"
    assert result.amounts == pytest.approx(MEAN.var(axis=0))
    assert result.order == (2, 3, 0, 1)
    assert not any(result.is_collapsed(dim) for dim in range(4))


def test_equal_ones_keep_their_order() -> None:
    assert Ranking("kl", np.ones(5, np.float32)).order == (0, 1, 2, 3, 4)


def test_an_order_changes_only_for_a_clear_difference() -> None:
    result = Ranking("kl", np.array([1.0, 1.05, 2.0, 0.0, 0.0], np.float32))
    assert result.order_after((0, 1, 2, 3, 4)) == (2, 0, 1, 3, 4)
    assert result.order_after((4, 3, 1, 0, 2)) == (2, 1, 0, 4, 3)
    assert Ranking("kl", result.amounts * 1.001).order_after((2, 0, 1, 3, 4)) == (2, 0, 1, 3, 4)


def test_of_many_codes_some_tell_the_variance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MOST_CODES", 25)
    assert Ranking.of(MEAN, None).amounts == pytest.approx(MEAN[::2].var(axis=0))
