import math
from dataclasses import replace

import pytest
import torch
from torch.optim import Adam

from tests.core.objectives.passes import HEADS, make, pass_of
from vae_explorer.core.objectives.base import Moment
from vae_explorer.core.objectives.factor_vae import Discriminator, discriminator_loss, permute_dims


def correlated(count, generator, correlation=0.9):
    first, second = torch.randn(2, count, generator=generator)
    return torch.stack([first, correlation * first + math.sqrt(1 - correlation**2) * second], 1)


def test_permuting_keeps_what_each_dimension_holds_and_nothing_of_their_dependence():
    generator = torch.Generator().manual_seed(0)
    z = correlated(4000, generator)
    permuted = permute_dims(z, generator)
    assert torch.equal(permuted.sort(0).values, z.sort(0).values)
    assert not torch.equal(permuted[:, 0], z[:, 0])
    assert abs(torch.corrcoef(permuted.T)[0, 1]) < 0.05


@pytest.mark.parametrize(("correlation", "expected"), [(0.9, -0.5 * math.log(1 - 0.9**2)), (0.0, 0.0)])
def test_the_discriminator_learns_the_total_correlation(correlation, expected):
    generator = torch.Generator().manual_seed(0)
    discriminator = Discriminator(2, (32, 32), generator)
    optimizer = Adam(discriminator.parameters(), lr=3e-3)
    for _ in range(400):
        optimizer.zero_grad()
        torch.autograd.backward(discriminator_loss(discriminator, correlated(256, generator, correlation), generator))
        optimizer.step()
    with torch.no_grad():
        learned = discriminator(correlated(4000, generator, correlation)).mean().item()
    assert learned == pytest.approx(expected, abs=0.15)


def test_no_gradient_of_the_discriminators_loss_reaches_the_codes():
    objective = make("factor-vae")
    heads = HEADS.clone().requires_grad_()
    terms = objective.terms(pass_of(objective, heads))
    (gradient,) = torch.autograd.grad(terms["auxiliary_loss"], heads, allow_unused=True)
    assert gradient is None


def test_the_loss_is_the_kl_and_what_the_discriminator_says_of_each_code():
    objective = make("factor-vae", gamma=7)
    seen = pass_of(objective, HEADS)
    terms = objective.terms(seen)
    assert seen.moment.auxiliary is not None
    says = seen.moment.auxiliary(seen.z).squeeze(1)
    torch.testing.assert_close(terms["total_correlation"], says)
    torch.testing.assert_close(terms["regulariser"], terms["kl"] + 7 * says)


def test_a_seed_gives_the_same_discriminator():
    first, second, other = (make("factor-vae").auxiliary(3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first is not None
    assert second is not None
    assert other is not None
    weights = [next(one.parameters()) for one in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_without_its_discriminator_it_cannot_be_computed():
    objective = make("factor-vae")
    seen = replace(pass_of(objective, HEADS), moment=Moment())
    with pytest.raises(ValueError, match="discriminator"):
        objective.terms(seen)
