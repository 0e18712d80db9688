import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_explorer.core.posterior import Posterior, kl_from_prior, log_normal

HEADS = torch.randn(50, 2, 3, generator=torch.Generator().manual_seed(1))


def kl_by_torch(mean, log_var):
    return kl_divergence(Normal(mean, torch.exp(0.5 * log_var)), Normal(0.0, 1.0))


def test_kl_agrees_with_torch():
    mean, log_var = HEADS.unbind(1)
    torch.testing.assert_close(kl_from_prior(mean, log_var), kl_by_torch(mean, log_var))


def test_kl_does_not_cancel_near_its_minimum():
    log_var = torch.tensor([1e-3])
    exact = 0.25 * log_var.double().square()
    assert kl_from_prior(torch.zeros(1), log_var).item() == pytest.approx(exact.item(), rel=1e-2)


def test_log_std_is_half_the_log_variance():
    posterior = Posterior.from_heads(HEADS, "log_std")
    assert posterior.log_var is not None
    torch.testing.assert_close(posterior.log_var, 2 * HEADS[:, 1])


def test_notes_code_is_exp_sigma_e_plus_m():
    noise = torch.randn(50, 3, generator=torch.Generator().manual_seed(2))
    z = Posterior.from_heads(HEADS, "log_std").sample(noise)
    torch.testing.assert_close(z, torch.exp(HEADS[:, 1]) * noise + HEADS[:, 0])


def test_log_var_code_has_that_variance():
    z = Posterior(torch.zeros(100_000, 1), torch.full((100_000, 1), 0.8)).sample(
        torch.randn(100_000, 1, generator=torch.Generator().manual_seed(3))
    )
    assert z.var().log().item() == pytest.approx(0.8, abs=0.02)


def test_plain_autoencoder_has_one_code():
    posterior = Posterior.from_heads(HEADS[:, :1], "none")
    assert posterior.log_var is None
    assert torch.equal(posterior.sample(torch.full((50, 3), 7.0)), HEADS[:, 0])


@pytest.mark.parametrize("kind", ["log_var", "log_std"])
@pytest.mark.parametrize("spread", [-1e30, -100.0, 100.0, 1e30])
def test_extreme_spreads_stay_finite(kind, spread):
    heads = torch.tensor([[[0.5], [spread]]], requires_grad=True)
    posterior = Posterior.from_heads(heads, kind)
    assert posterior.log_var is not None
    total = (kl_from_prior(posterior.mean, posterior.log_var) + posterior.sample(torch.ones(1, 1))).sum()
    (gradient,) = torch.autograd.grad(total, heads)
    assert total.isfinite()
    assert gradient.isfinite().all()


def test_log_density_is_that_of_torch():
    mean, log_var, z = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(log_normal(z, mean, log_var), Normal(mean, torch.exp(0.5 * log_var)).log_prob(z))
