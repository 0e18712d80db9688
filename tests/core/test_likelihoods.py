import math

import pytest
import torch
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal

from vae_explorer.core.likelihoods import likelihoods, log_normaliser
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


@pytest.mark.parametrize("name", likelihoods.names())
def test_images_near_uniform_grey_have_finite_gradients(name):
    output = torch.tensor([-1e-30, 0.0, 1e-30, 1e-4]).reshape(1, 1, 1, 4).requires_grad_()
    likelihood = make(name)
    total = likelihood.negative_log_likelihood(output, torch.rand(1, 1, 1, 4)) + likelihood.to_image(output).sum()
    (gradient,) = torch.autograd.grad(total.sum(), output)
    assert total.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", ["gaussian", "bernoulli", "continuous-bernoulli"])
def test_a_likelihood_has_nothing_to_learn_unless_asked(name):
    assert not list(make(name).parameters())
    assert not make(name).state_dict()


@pytest.mark.parametrize("variance", [1e-3, 0.5, 2.0])
def test_a_learned_variance_begins_as_the_fixed_one(variance):
    fixed, learned = (make("gaussian", variance=variance, learn_variance=learns) for learns in (False, True))
    losses = [likelihood.negative_log_likelihood(OUTPUT, IMAGES) for likelihood in (fixed, learned)]
    torch.testing.assert_close(*losses, rtol=2e-3, atol=0.1)


def test_a_learned_variance_becomes_the_mean_squared_error():
    likelihood = make("gaussian", learn_variance=True)
    optimizer = torch.optim.Adam(likelihood.parameters(), lr=0.05)
    output = IMAGES + 0.02 * torch.randn(IMAGES.shape, generator=GENERATOR)
    for _ in range(500):
        optimizer.zero_grad()
        torch.autograd.backward(likelihood.negative_log_likelihood(output, IMAGES).mean())
        optimizer.step()
    assert likelihood.variance().item() == pytest.approx((IMAGES - output).square().mean().item(), rel=0.02)


def test_a_learned_variance_stays_above_zero_and_can_come_back():
    likelihood = make("gaussian", learn_variance=True)
    with torch.no_grad():
        likelihood.log_variance.fill_(-1000)
    assert likelihood.variance().item() > 0
    with torch.no_grad():
        likelihood.log_variance.fill_(-20)
    (gradient,) = torch.autograd.grad(likelihood.negative_log_likelihood(OUTPUT, IMAGES).sum(), likelihood.parameters())
    assert gradient < 0


def test_continuous_bernoulli_is_that_of_torch():
    expected = -ContinuousBernoulli(logits=OUTPUT.double()).log_prob(IMAGES.double()).sum((1, 2, 3))
    found = make("continuous-bernoulli").negative_log_likelihood(OUTPUT, IMAGES)
    torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("logit", [-80.0, -3.0, -0.41, -0.39, -1e-3, 0.0, 0.2, 0.39, 0.41, 2.0, 30.0])
def test_continuous_bernoulli_integrates_to_one_and_shows_its_mean(logit):
    """The Bernoulli's own cross-entropy integrates to less, but for coins."""
    likelihood = make("continuous-bernoulli")
    greys = torch.linspace(0, 1, 100_001, dtype=torch.float64).reshape(-1, 1, 1, 1)
    output = torch.full_like(greys, logit)
    density = torch.exp(-likelihood.negative_log_likelihood(output, greys))
    assert torch.trapezoid(density, greys.flatten()).item() == pytest.approx(1, abs=1e-5)
    mean = torch.trapezoid(density * greys.flatten(), greys.flatten()).item()
    assert likelihood.to_image(output[:1].float()).item() == pytest.approx(mean, abs=1e-5)
    coin = torch.exp(-make("bernoulli").negative_log_likelihood(output, greys))
    assert torch.trapezoid(coin, greys.flatten()).item() < 0.51


def test_the_normaliser_is_smooth_where_the_series_takes_over():
    logits = torch.linspace(-1, 1, 2001).requires_grad_()
    value = log_normaliser(logits)
    (slope,) = torch.autograd.grad(value.sum(), logits)
    exact = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    exact[1000] = 1e-6
    torch.testing.assert_close(value.double(), torch.log(exact / torch.tanh(exact / 2)), atol=1e-6, rtol=0)
    torch.testing.assert_close(slope.double(), 1 / exact - 1 / torch.sinh(exact), atol=1e-5, rtol=0)
