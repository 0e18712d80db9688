"""The law of the linear network: as an autoencoder it finds the principal components' subspace.

Baldi & Hornik 1989: the squared error of a linear autoencoder has no minimum but that of PCA.
"""

from __future__ import annotations

import numpy as np
import torch

from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import Images, ImageSet, ImageShape
from vae_explorer.core.model import Model, load_weights
from vae_explorer.core.progress import Control
from vae_explorer.core.training import train

COUNT, SIZE, DIMS = 400, 8, 3


def dim_patterns_under_noise() -> ImageSet:
    noise = np.random.default_rng(0)
    strengths = noise.normal(size=(COUNT, DIMS)) * np.linspace(12, 6, DIMS)
    patterns = noise.normal(size=(DIMS, SIZE, SIZE))
    pixels = 60 + np.einsum("nd,dhw->nhw", strengths, patterns) + 20 * noise.normal(size=(COUNT, SIZE, SIZE))
    return ImageSet(
        source="patterns",
        title="patterns",
        images=np.clip(np.round(pixels), 0, 255).astype(np.uint8)[..., None],
        paths=tuple(map(str, range(COUNT))),
        labels=None,
        label_names=(),
        shape=ImageShape(SIZE, 1),
    )


def train_linear(images: ImageSet) -> Model:
    config = configure(
        images,
        network="linear",
        objective="ae",
        likelihood="gaussian",
        latent_dims=DIMS,
        settings={
            "epochs": 1000, "batch_size": COUNT, "learning_rate": 0.01, "validation_fraction": 0, "device": "cpu",
        },
    )  # fmt: skip
    model = Model.from_config(config)
    *_, last = train(config, images, None, Control(report_every_s=0.5))
    assert last.snapshot is not None
    load_weights(model, last.snapshot.weights)
    return model


def squared_error(model: Model, images: Images) -> float:
    x = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        return float((model.decode_raw(model.encode(x).mean) - x).square().flatten(1).sum(1).mean())


def squared_error_of_principal_components(images: Images) -> float:
    x = images.reshape(COUNT, -1) / 255
    singular = np.linalg.svd(x - x.mean(0), compute_uv=False)
    return float(np.square(singular[DIMS:]).sum() / COUNT)


def test_a_linear_autoencoder_reaches_the_error_of_the_principal_components() -> None:
    images = dim_patterns_under_noise()
    best = squared_error_of_principal_components(np.asarray(images.images))
    assert best <= squared_error(train_linear(images), np.asarray(images.images)) <= 1.01 * best
