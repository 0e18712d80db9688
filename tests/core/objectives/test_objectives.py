"""What holds for every objective."""

import pytest
import torch

from tests.core.objectives.passes import HEADS, make, pass_of, random_heads, terms_of
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.posterior import kl_from_prior

WITH_SPREAD = [name for name in objectives.names() if objectives.get(name).posterior != "none"]


@pytest.mark.parametrize("name", objectives.names())
def test_every_objective_tells_loss_and_reconstruction(name):
    objective = make(name)
    seen = pass_of(objective, HEADS)
    terms = objective.terms(seen)
    assert torch.equal(terms["reconstruction"], seen.reconstruction)
    assert terms["loss"].shape == (6,)
    assert terms["loss"].isfinite().all()


@pytest.mark.parametrize("name", objectives.names())
def test_loss_is_reconstruction_and_the_weighed_regulariser(name):
    terms = terms_of(name)
    assert ("regulariser" in terms) == objectives.get(name).has_regulariser
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + terms.get("regulariser", 0.0))


@pytest.mark.parametrize("name", objectives.names())
def test_the_weight_is_a_setting_that_multiplies_the_whole_regulariser(name):
    setting = objectives.get(name).weight_setting
    if setting is None:
        return
    plain, thrice = (terms_of(name, {setting: weight}, step=10**6)["regulariser"] for weight in (1, 3))
    torch.testing.assert_close(thrice, 3 * plain)


@pytest.mark.parametrize("name", WITH_SPREAD)
def test_kl_and_elbo_are_the_true_ones_whatever_is_optimised(name):
    terms = terms_of(name)
    log_var = HEADS[:, 1] * (2 if objectives.get(name).posterior == "log_std" else 1)
    torch.testing.assert_close(terms["kl_per_dim"], kl_from_prior(HEADS[:, 0], log_var))
    torch.testing.assert_close(terms["kl"], terms["kl_per_dim"].sum(1))
    torch.testing.assert_close(terms["elbo"], -(terms["reconstruction"] + terms["kl"]))


@pytest.mark.parametrize("name", objectives.names())
def test_loss_is_minus_the_elbo_just_where_an_objective_says_so(name):
    terms = terms_of(name, step=10**6)
    says_so = objectives.get(name).is_elbo
    assert says_so == ("elbo" in terms and torch.allclose(terms["loss"], -terms["elbo"]))


@pytest.mark.parametrize("name", objectives.names())
@pytest.mark.parametrize("batch", [1, 2, 3, 7])
@pytest.mark.parametrize("mean", [0.0, 1e4, -1e4])
@pytest.mark.parametrize("spread", [-1e3, 0.0, 1e3])
def test_terms_and_gradients_are_finite_at_extremes(name, batch, mean, spread):
    objective = make(name)
    scatter = random_heads(batch, 3)
    heads = (torch.tensor([mean, spread])[:, None] + scatter).requires_grad_()
    terms = objective.terms(pass_of(objective, heads))
    assert all(term.isfinite().all() for term in terms.values())
    loss = terms["loss"].mean() + terms.get("auxiliary_loss", 0.0)
    (gradient,) = torch.autograd.grad(loss, heads)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", objectives.names())
def test_gradients_are_finite_where_images_have_the_same_code(name):
    """As after a collapse, where distances and covariances are zero."""
    objective = make(name)
    heads = torch.zeros(4, 2, 3, requires_grad=True)
    seen = pass_of(objective, heads, noise=torch.zeros(4, 3))
    (gradient,) = torch.autograd.grad(objective.terms(seen)["loss"].mean(), heads)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", objectives.names())
def test_small_batches_have_the_same_terms_as_large_ones(name):
    objective = make(name)
    names = [objective.terms(pass_of(objective, random_heads(batch, 2))).keys() for batch in (1, 2, 8)]
    assert names[0] == names[1] == names[2]


@pytest.mark.parametrize("name", objectives.names())
def test_terms_are_of_an_image_or_of_the_batch_whatever_the_batch(name):
    objective = make(name)
    terms = objective.terms(pass_of(objective, random_heads(5, 2)))
    assert all(term.shape in ((5,), ()) for name, term in terms.items() if name != "kl_per_dim")


def test_autoencoder_minimises_reconstruction_and_claims_no_elbo():
    terms = terms_of("ae")
    assert set(terms) == {"loss", "reconstruction"}


def test_beta_weights_the_kl():
    terms = terms_of("vae", {"beta": 4})
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 4 * terms["kl"])


def test_a_conditional_vae_has_the_terms_of_a_vae_since_its_model_knows_the_labels():
    assert objectives.get("cvae").needs_labels
    torch.testing.assert_close(terms_of("cvae", {"beta": 3}), terms_of("vae", {"beta": 3}))
