import itertools
import math

import pytest
import torch
from torch.distributions import Normal

from tests.core.objectives.passes import make, pass_of, random_heads, terms_of
from vae_explorer.core.objectives.beta_tcvae import kl_parts
from vae_explorer.core.posterior import LOG_VAR_RANGE, Posterior


def codes(batch=40, dims=3, seed=0):
    """Draw a code from each of some posteriors, in double precision. -> z, mean, log_var."""
    generator = torch.Generator().manual_seed(seed)
    mean, log_var, noise = torch.randn(3, batch, dims, generator=generator, dtype=torch.float64)
    return mean + torch.exp(0.5 * log_var) * noise, mean, log_var


def correlated(count, correlation=0.0):
    """Give posteriors whose means have unit variance and this correlation, and a code of each."""
    generator = torch.Generator().manual_seed(3)
    first, second, *noise = torch.randn(4, count, generator=generator, dtype=torch.float64)
    mean = torch.stack([first, correlation * first + math.sqrt(1 - correlation**2) * second], 1)
    log_var = torch.full_like(mean, math.log(0.3))
    return mean + torch.exp(0.5 * log_var) * torch.stack(noise, 1), mean, log_var


@pytest.mark.parametrize("batch", [1, 2, 40])
@pytest.mark.parametrize("images", [40, 5000])
def test_the_parts_sum_up_to_the_kl_of_the_codes_drawn(batch, images):
    z, mean, log_var = codes(batch)
    drawn = Normal(mean, (0.5 * log_var).exp()).log_prob(z).sum(1) - Normal(0.0, 1.0).log_prob(z).sum(1)
    torch.testing.assert_close(sum(kl_parts(z, mean, log_var, images)), drawn)


def test_on_average_they_sum_up_to_the_exact_kl():
    _, mean, log_var = codes(30)
    many = [
        torch.stack(kl_parts(mean + torch.exp(0.5 * log_var) * noise, mean, log_var, 30)).mean(1)
        for noise in torch.randn(500, 30, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ]
    exact = 0.5 * (log_var.exp() - 1 - log_var + mean**2).sum(1).mean()
    assert torch.stack(many).mean(0).sum().item() == pytest.approx(exact.item(), rel=0.02)


def test_a_batch_of_all_images_knows_the_aggregated_posterior_exactly():
    z, mean, log_var = codes(7)
    posteriors = Normal(mean, (0.5 * log_var).exp())
    each = posteriors.log_prob(z[:, None]).exp()
    joint, marginals = each.prod(2).mean(1).log(), each.mean(1).log().sum(1)
    parts = kl_parts(z, mean, log_var, 7)
    torch.testing.assert_close(parts.total_correlation, joint - marginals)
    torch.testing.assert_close(parts.mutual_information, posteriors.log_prob(z).sum(1) - joint)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_over_all_batches_the_density_of_a_code_is_unbiased_wherever_its_image_stands(place):
    z, mean, log_var = codes(5, dims=2)
    log_densities = Normal(mean, (0.5 * log_var).exp()).log_prob(z[0]).sum(1)
    densities = []
    for others in itertools.combinations(range(1, 5), 2):
        chosen = torch.tensor([*others[:place], 0, *others[place:]])
        parts = kl_parts(z[chosen], mean[chosen], log_var[chosen], 5)
        densities.append((log_densities[0] - parts.mutual_information[place]).exp())
    torch.testing.assert_close(torch.stack(densities).mean(), log_densities.exp().mean())


@pytest.mark.parametrize("images", [40, 5000])
def test_no_code_tells_more_than_which_image_it_is_of(images):
    z, mean, log_var = codes()
    assert (kl_parts(z, mean, log_var, images).mutual_information <= math.log(images)).all()
    apart = kl_parts(100 * mean, 100 * mean, log_var - 10, images).mutual_information
    torch.testing.assert_close(apart, torch.full_like(apart, math.log(images)))


def test_total_correlation_is_zero_for_independent_dimensions_and_above_for_dependent_ones():
    count = 1000
    independent, dependent = (
        kl_parts(z, mean, log_var, count).total_correlation.mean().item()
        for z, mean, log_var in (correlated(count), correlated(count, 0.9))
    )
    exact = -0.5 * math.log(1 - (0.9 / 1.3) ** 2)
    assert independent == pytest.approx(0, abs=0.03)
    assert dependent == pytest.approx(exact, abs=0.05)


def test_total_correlation_of_small_batches_is_not_negative():
    z, mean, log_var = correlated(4000)
    batches = zip(z.split(100), mean.split(100), log_var.split(100), strict=True)
    means = [kl_parts(*batch, 4000).total_correlation.mean() for batch in batches]
    assert torch.stack(means).mean().item() > -0.02


def test_with_all_weights_one_it_is_the_vae_by_one_draw():
    objective = make("beta-tcvae", alpha=1, beta=1, gamma=1)
    seen = pass_of(objective, random_heads(6, 3))
    assert seen.posterior.log_var is not None
    spread = (0.5 * seen.posterior.log_var).exp()
    drawn = Normal(seen.posterior.mean, spread).log_prob(seen.z) - Normal(0.0, 1.0).log_prob(seen.z)
    torch.testing.assert_close(objective.terms(seen)["loss"], seen.reconstruction + drawn.sum(1))


def test_each_part_has_its_weight():
    terms = terms_of("beta-tcvae", {"alpha": 2, "beta": 3, "gamma": 5})
    weighed = 2 * terms["mutual_information"] + 3 * terms["total_correlation"] + 5 * terms["dimension_wise_kl"]
    torch.testing.assert_close(terms["regulariser"], weighed)


def test_narrow_posteriors_far_from_each_other_do_not_overflow():
    mean = torch.tensor([[1e4, -1e4], [-1e4, 1e4], [0.0, 0.0]])
    log_var = torch.full_like(mean, LOG_VAR_RANGE[0])
    z = Posterior(mean, log_var).sample(torch.randn(3, 2, generator=torch.Generator().manual_seed(0)))
    assert all(part.isfinite().all() for part in kl_parts(z, mean, log_var, 10))
