import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.core.objectives.passes import HEADS, make, pass_of, terms_of
from vae_explorer.core.objectives.notes import printed_penalty
from vae_explorer.core.posterior import Posterior


def test_the_penalty_is_as_printed():
    terms = terms_of("notes", {"beta": 3})
    mean, sigma = HEADS.unbind(1)
    printed = (sigma.exp() - (1 + sigma) + mean**2).sum(1)
    torch.testing.assert_close(terms["penalty"], printed)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 3 * printed)


def test_the_penalty_is_twice_the_kl_where_sigma_is_a_log_variance():
    mean, sigma = HEADS.double().unbind(1)
    kl = kl_divergence(Normal(mean, (0.5 * sigma).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(printed_penalty(mean, sigma), 2 * kl)


def test_with_log_variance_it_is_a_vae_of_beta_two():
    torch.testing.assert_close(terms_of("notes-log-var")["loss"], terms_of("vae", {"beta": 2})["loss"])


def test_the_penalty_is_no_kl_with_its_own_spread():
    terms = terms_of("notes")
    assert not torch.allclose(terms["penalty"], terms["kl"])
    assert not torch.allclose(terms["penalty"], 2 * terms["kl"])


@pytest.mark.parametrize("name", ["notes", "notes-log-var"])
def test_the_penalty_is_least_at_the_prior(name):
    objective = make(name)
    assert objective.terms(pass_of(objective, torch.zeros(1, 2, 3)))["penalty"].item() == 0
    assert (terms_of(name)["penalty"] > 0).all()


def test_codes_are_spread_by_the_exponential_of_sigma_or_of_half_of_it():
    heads = torch.tensor([[[0.0], [1.2]]])
    noise = torch.ones(1, 1)
    as_printed, as_log_var = (Posterior.from_heads(heads, kind).sample(noise) for kind in ("log_std", "log_var"))
    torch.testing.assert_close(as_printed, torch.tensor([[1.2]]).exp())
    torch.testing.assert_close(as_log_var, torch.tensor([[0.6]]).exp())
