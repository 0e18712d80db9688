import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.parts import part_settings

GENERATOR = torch.Generator().manual_seed(0)
OUTPUT = 3 * torch.randn(5, 3, 4, 4, generator=GENERATOR)
IMAGES = torch.rand(5, 3, 4, 4, generator=GENERATOR)


def make(name, **settings):
    part = likelihoods.get(name)
    return part(part_settings(part, settings))


@pytest.mark.parametrize("variance", [0.01, 0.5, 2.0])
def test_gaussian_is_the_full_density(variance):
    expected = -Normal(OUTPUT, math.sqrt(variance)).log_prob(IMAGES).sum((1, 2, 3))
    torch.testing.assert_close(make("gaussian", variance=variance).negative_log_likelihood(OUTPUT, IMAGES), expected)


def test_default_gaussian_is_the_squared_error_and_a_constant():
    squared_error = (OUTPUT - IMAGES).square().sum((1, 2, 3))
    constant = 0.5 * IMAGES[0].numel() * math.log(math.pi)
    torch.testing.assert_close(make("gaussian").negative_log_likelihood(OUTPUT, IMAGES), squared_error + constant)


def test_bernoulli_is_the_density_of_black_and_white():
    black_and_white = IMAGES.round()
    expected = -Bernoulli(logits=OUTPUT).log_prob(black_and_white).sum((1, 2, 3))
    torch.testing.assert_close(make("bernoulli").negative_log_likelihood(OUTPUT, black_and_white), expected)


def test_bernoulli_is_the_cross_entropy_of_greys():
    decoded = torch.sigmoid(OUTPUT).double()
    expected = -(IMAGES * decoded.log() + (1 - IMAGES) * (1 - decoded).log()).sum((1, 2, 3))
    found = make("bernoulli").negative_log_likelihood(OUTPUT, IMAGES)
    torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", likelihoods.names())
def test_images_lie_between_black_and_white(name):
    image = make(name).to_image(1000 * OUTPUT)
    assert image.shape == OUTPUT.shape
    assert image.min() >= 0
    assert image.max() <= 1


@pytest.mark.parametrize("name", likelihoods.names())
def test_extreme_outputs_have_finite_gradients(name):
    output = torch.tensor([-1e4, 0.0, 1e4]).reshape(1, 1, 1, 3).requires_grad_()
    loss = make(name).negative_log_likelihood(output, torch.ones(1, 1, 1, 3))
    (gradient,) = torch.autograd.grad(loss.sum(), output)
    assert loss.isfinite().all()
    assert gradient.isfinite().all()
