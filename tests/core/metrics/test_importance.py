"""With a linear decoder and a Gaussian likelihood p(x) is N(b, W Wᵀ + v I): what is estimated is known exactly."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from vae_explorer.core.metrics.densities import log_mean_exp
from vae_explorer.core.metrics.importance import log_weights
from vae_explorer.core.model import Model

VARIANCE = 0.3
SCALES = (2.0, 1.0, 0.5)


@pytest.fixture
def images(make_images):
    return make_images(count=20)


def fill(layer, weights, biases):
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        layer.bias.copy_(torch.from_numpy(biases))


@pytest.fixture
def model(images, make_config):
    """Return a model whose posterior is the true one: it is diagonal, since the decoder's columns are orthogonal."""
    wishes = {"network": "linear", "likelihood": "gaussian", "variance": VARIANCE, "latent_dims": 3}
    model = Model.from_config(make_config(images, **wishes))
    random = np.random.default_rng(0)
    directions = np.linalg.qr(random.normal(size=(64, 3)))[0] * SCALES
    centre = random.random(64)
    spread = 1 / (1 + np.square(SCALES) / VARIANCE)
    lifted = spread[:, None] * directions.T / VARIANCE
    fill(model.network.decoder, directions, centre)
    fill(model.network.encoder, np.vstack([lifted, np.zeros((3, 64))]), np.hstack([-lifted @ centre, np.log(spread)]))
    return model


@pytest.fixture
def log_likelihood(model, images):
    """Return log p(x) of each image, exactly."""
    weights = model.network.decoder.weight.detach().double().numpy()
    marginal = multivariate_normal(
        model.network.decoder.bias.detach().double().numpy(), weights @ weights.T + VARIANCE * np.eye(64)
    )
    return marginal.logpdf(images.images.reshape(20, 64) / 255)


def spoil(model):
    """Make the posteriors wrong: too wide, and shifted."""
    with torch.no_grad():
        model.network.encoder.bias += 0.3
    return model


def estimate(model, images, count, seed=0):
    return log_mean_exp(log_weights(model, images.images, count, np.random.default_rng(seed)))


def test_with_the_true_posterior_a_single_code_gives_the_likelihood(model, images, log_likelihood):
    assert estimate(model, images, 1) == pytest.approx(log_likelihood, abs=1e-3)


def test_with_another_posterior_many_codes_come_close(model, images, log_likelihood):
    assert estimate(spoil(model), images, 1) != pytest.approx(log_likelihood, abs=0.1)
    assert estimate(model, images, 20_000) == pytest.approx(log_likelihood, abs=0.05)


def test_it_is_no_less_than_the_elbo_of_the_same_codes(model, images):
    weights = log_weights(spoil(model), images.images, 7, np.random.default_rng(0))
    assert (log_mean_exp(weights) >= weights.mean(1)).all()


def test_more_codes_come_closer_from_below(model, images, log_likelihood):
    spoil(model)
    means = [np.mean([estimate(model, images, count, seed) for seed in range(20)]) for count in (1, 5, 50)]
    assert means == sorted(means)
    assert means[-1] < log_likelihood.mean() + 0.05


def test_the_size_of_the_pieces_does_not_matter(model, images, monkeypatch):
    whole = estimate(model, images, 11)
    monkeypatch.setattr("vae_explorer.core.metrics.importance._VALUES_AT_ONCE", 64 * 4)
    assert estimate(model, images, 11) == pytest.approx(whole, abs=1e-5)
