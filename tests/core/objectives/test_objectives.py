import pytest
import torch

from vae_explorer.core.objectives.base import ForwardPass, objectives
from vae_explorer.core.parts import part_settings
from vae_explorer.core.posterior import Posterior, heads_of, kl_from_prior

GENERATOR = torch.Generator().manual_seed(0)
HEADS = torch.randn(6, 2, 3, generator=GENERATOR)
RECONSTRUCTION = 100 * torch.rand(6, generator=GENERATOR)
IMAGES = torch.rand(6, 1, 4, 4, generator=GENERATOR)


def terms_of(name, **settings):
    part = objectives.get(name)
    posterior = Posterior.from_heads(HEADS[:, : heads_of(part.posterior)], part.posterior)
    z = posterior.sample(torch.zeros(6, 3))
    seen = ForwardPass(IMAGES, IMAGES, RECONSTRUCTION, posterior, z)
    return part(part_settings(part, settings)).terms(seen)


@pytest.mark.parametrize("name", objectives.names())
def test_every_objective_tells_loss_and_reconstruction(name):
    terms = terms_of(name)
    assert torch.equal(terms["reconstruction"], RECONSTRUCTION)
    assert terms["loss"].isfinite().all()


@pytest.mark.parametrize("name", [name for name in objectives.names() if objectives.get(name).posterior != "none"])
def test_kl_and_elbo_are_the_true_ones_whatever_is_optimised(name):
    terms = terms_of(name)
    log_var = HEADS[:, 1] * (2 if objectives.get(name).posterior == "log_std" else 1)
    torch.testing.assert_close(terms["kl_per_dim"], kl_from_prior(HEADS[:, 0], log_var))
    torch.testing.assert_close(terms["kl"], terms["kl_per_dim"].sum(1))
    torch.testing.assert_close(terms["elbo"], -(RECONSTRUCTION + terms["kl"]))


@pytest.mark.parametrize("name", [name for name in objectives.names() if objectives.get(name).is_elbo])
def test_loss_is_minus_the_elbo_where_an_objective_says_so(name):
    terms = terms_of(name)
    torch.testing.assert_close(terms["loss"], -terms["elbo"])


def test_autoencoder_minimises_reconstruction_and_claims_no_elbo():
    terms = terms_of("ae")
    assert torch.equal(terms["loss"], RECONSTRUCTION)
    assert set(terms) == {"loss", "reconstruction"}


def test_beta_weights_the_kl():
    terms = terms_of("vae", beta=4)
    torch.testing.assert_close(terms["loss"], RECONSTRUCTION + 4 * terms["kl"])


def test_notes_penalty_is_as_printed():
    terms = terms_of("notes", beta=3)
    mean, sigma = HEADS.unbind(1)
    printed = (sigma.exp() - (1 + sigma) + mean**2).sum(1)
    torch.testing.assert_close(terms["penalty"], printed)
    torch.testing.assert_close(terms["loss"], RECONSTRUCTION + 3 * printed)


def test_notes_with_log_variance_is_a_vae_of_beta_two():
    torch.testing.assert_close(terms_of("notes-log-var")["loss"], terms_of("vae", beta=2)["loss"])


def test_notes_penalty_is_no_elbo_with_its_own_spread():
    terms = terms_of("notes")
    assert not torch.allclose(terms["penalty"], terms["kl"])
    assert not torch.allclose(terms["penalty"], 2 * terms["kl"])


def test_a_conditional_vae_has_the_terms_of_a_vae_since_its_model_knows_the_labels():
    assert objectives.get("cvae").needs_labels
    torch.testing.assert_close(terms_of("cvae", beta=3), terms_of("vae", beta=3))
