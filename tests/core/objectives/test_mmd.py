"""The MMD, and the two objectives that have one."""

import pytest
import torch
from pydantic import ValidationError

from tests.core.objectives.passes import terms_of
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.objectives.mmd import mmd_squared, prior_like


def draws(count=400, dims=3, seed=0):
    return torch.randn(count, dims, generator=torch.Generator().manual_seed(seed))


def test_draws_from_the_prior_are_at_no_distance_from_it_on_average():
    estimates = torch.stack([mmd_squared(draws(50, seed=seed), draws(50, seed=1000 + seed)) for seed in range(200)])
    assert estimates.mean().item() == pytest.approx(0, abs=0.001)
    assert estimates.min() < 0  # an estimate that can't be negative would be biased


@pytest.mark.parametrize(
    "change",
    [lambda z: z + 1, lambda z: 0.5 * z, lambda z: 2 * z, lambda z: z[:, :1].expand_as(z), torch.zeros_like],
    ids=["moved", "too narrow", "too wide", "dependent", "collapsed"],
)
def test_codes_that_lie_otherwise_than_the_prior_are_at_a_distance(change):
    alike = mmd_squared(draws(), draws(seed=1))
    apart = mmd_squared(change(draws()), draws(seed=1))
    assert apart > 0.01
    assert apart > 10 * abs(alike)


def test_it_sums_over_all_pairs_but_those_of_a_code_with_itself():
    first, second = draws(4, 2), draws(5, 2, seed=1)

    def kernel(a, b):
        squared = ((a - b) ** 2).sum()
        scales = [2 * 2 * scale for scale in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        return sum(c / (c + squared) for c in scales) / len(scales)

    def within(codes):
        count = len(codes)
        pairs = [kernel(codes[i], codes[j]) for i in range(count) for j in range(count) if i != j]
        return sum(pairs) / len(pairs)

    between = sum(kernel(a, b) for a in first for b in second) / 20
    torch.testing.assert_close(mmd_squared(first, second), within(first) + within(second) - 2 * between)


def test_a_single_code_has_no_pairs():
    assert mmd_squared(draws(1), draws(1, seed=1)).item() == 0


def test_the_prior_is_drawn_from_the_generator_that_is_given():
    again = [prior_like(draws(), torch.Generator().manual_seed(4)) for _ in range(2)]
    assert torch.equal(*again)


def test_a_wasserstein_autoencoder_decodes_the_mean_and_weighs_the_distance():
    terms = terms_of("wae-mmd", {"lambda_mmd": 30})
    torch.testing.assert_close(terms["regulariser"], 30 * terms["mmd"])
    assert "kl" not in terms


def test_info_vae_weighs_kl_and_distance():
    terms = terms_of("info-vae", {"alpha": 0.25, "lambda_mmd": 30})
    torch.testing.assert_close(terms["regulariser"], 0.75 * terms["kl"] + 29.25 * terms["mmd"])


def test_info_vae_of_alpha_zero_and_lambda_one_is_the_vae():
    terms = terms_of("info-vae", {"alpha": 0, "lambda_mmd": 1})
    torch.testing.assert_close(terms["loss"], -terms["elbo"])


@pytest.mark.parametrize("settings", [{"alpha": -0.1}, {"alpha": 1.1}, {"lambda_mmd": 0.5}])
def test_no_setting_of_info_vae_makes_a_weight_negative(settings):
    with pytest.raises(ValidationError):
        objectives.get("info-vae").Settings(**settings)
