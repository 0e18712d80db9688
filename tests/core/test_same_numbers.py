"""Training is the plain loop that anybody would write, however much faster it comes to the same numbers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.core.trainings import every_step, watch
from vae_explorer.core.batches import BatchPlan, noise_generator
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.model import Model
from vae_explorer.core.networks import dense
from vae_explorer.core.networks.layers import Grid

STEPS = 24


def make_images(size, channels) -> ImageSet:
    """Make images of one colour each, a little blurred by noise: what can be learned in a few steps."""
    random = np.random.default_rng(0)
    colours, noise = random.integers(0, 200, (300, 1, 1, channels)), random.integers(0, 56, (300, size, size, channels))
    pixels = (colours + noise).astype(np.uint8)
    names = tuple(map(str, range(len(pixels))))
    return ImageSet("noise", "noise", pixels, names, labels=None, label_names=(), shape=ImageShape(size, channels))


def make_plain(model: Model) -> Model:
    """Let every layer compute as PyTorch's own does, on images with channels first."""
    plain: list[tuple[type[nn.Module], type[nn.Module]]] = [(dense.Dense, nn.Linear), (Grid, nn.Unflatten)]
    for module in model.modules():
        for ours, theirs in plain:
            if isinstance(module, ours):
                module.__class__ = theirs
    return model


def plain_losses(config, images: ImageSet) -> list[float]:
    """Train with default Adam, floats in memory, and PyTorch's own layers."""
    model = make_plain(Model.from_config(config))
    data = (torch.from_numpy(np.array(images.images)).permute(0, 3, 1, 2) / 255).contiguous()
    optimizer = torch.optim.Adam(model.parameters(), lr=config.training.learning_rate)
    plan = BatchPlan(np.arange(len(images)), config.training.batch_size, config.training.seed)
    generator = noise_generator(config.training.seed)
    losses = []
    for step in range(STEPS):
        x = data[plan.batch(step)]
        mean, log_var = model.network.encode(x).unbind(1)
        noise = torch.randn(mean.shape, generator=generator)
        output = model.network.decode(mean + torch.exp(0.5 * log_var) * noise)
        kl = -0.5 * (1 + log_var - mean.square() - log_var.exp()).sum()
        loss = (reconstruction(config, output, x) + kl) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def reconstruction(config, output, x):
    if config.model.likelihood == "bernoulli":
        return functional.binary_cross_entropy_with_logits(output, x, reduction="sum")
    return functional.mse_loss(output, x, reduction="sum") + 0.5 * x.numel() * np.log(np.pi)


@pytest.mark.parametrize(
    ("network", "likelihood", "size", "channels"),
    [
        ("mlp", "bernoulli", 28, 1),
        ("mlp", "gaussian", 16, 3),
        ("conv", "gaussian", 32, 3),
        ("conv", "bernoulli", 28, 1),
    ],
)
def test_losses_are_those_of_a_plain_loop(monkeypatch, network, likelihood, size, channels):
    monkeypatch.setattr(dense, "onednn_is_faster", lambda: True)
    images = make_images(size, channels)
    config = configure(
        images,
        network=network,
        likelihood=likelihood,
        batch_size=128,
        epochs=STEPS // 3,
        seed=3,
        learning_rate=1e-4,  # at a higher one what differs by rounding soon differs by more
        settings={"validation_fraction": 0, "device": "cpu"},
    )
    watched = watch(config, images, control=every_step(snapshot_every_s=None))
    losses = [moment.training["loss"] for moment in watched.moments if moment.training]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])  # an epoch each
    np.testing.assert_allclose(losses, plain_losses(config, images), rtol=1e-5)
