"""How good a model is on given images."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.batches import to_floats
from vae_explorer.core.data.base import Images
from vae_explorer.core.encoding import BATCH, check_shape
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model
from vae_explorer.core.posterior import kl_from_prior
from vae_explorer.core.runtime import memory_errors_explained

ACTIVE_VARIANCE = 0.01
"""A latent dimension is active where its posterior mean varies more than this over the images. Burda et al. 2015."""

Doubles = NDArray[np.float64]


def evaluate(model: Model, images: Images, seed: int = 0, batch: int = BATCH) -> dict[str, Any]:
    """Evaluate on images (N, H, W, C) with one code drawn for each: z = mean would not give an ELBO.

    Returns means over images in nats: `reconstruction` (−log p(x|z)), `kl`, `elbo` = −(reconstruction + kl) and
    `kl_per_dim`, besides `active_units` and `images`. A plain autoencoder has no posterior, so but for `reconstruction`
    and `images` all are None. The same seed draws the same codes. Raises UserError.
    """
    check_shape(model, images)
    if not len(images):
        msg = "There are no images to evaluate the model on."
        raise UserError(msg)
    noise = torch.Generator().manual_seed(seed)
    totals = np.zeros(1 + 3 * model.latent_dims)
    for start in range(0, len(images), batch):
        totals += _totals(model, np.array(images[start : start + batch]), noise)
    return _summary(totals / len(images), model) | {"images": len(images)}


def _totals(model: Model, images: Images, generator: torch.Generator) -> Doubles:
    """Sum over a batch: reconstruction, then for each dimension KL, mean and squared mean. -> (1 + 3·D,) float64."""
    device = next(model.parameters()).device
    noise = torch.randn(len(images), model.latent_dims, generator=generator)
    with memory_errors_explained(), torch.inference_mode():
        x = to_floats(torch.from_numpy(images).to(device))
        posterior = model.encode(x)
        output = model.network.decode(posterior.sample(noise.to(device)))
        reconstruction = model.likelihood.negative_log_likelihood(output, x)
        mean, log_var = posterior.mean, posterior.log_var
        kl = torch.zeros_like(mean) if log_var is None else kl_from_prior(mean, log_var)
        return np.concatenate([_summed(reconstruction[:, None]), _summed(kl), _summed(mean), _summed(mean.square())])


def _summed(values: Tensor) -> Doubles:
    return np.asarray(values.cpu().double().sum(0).numpy(), np.float64)


def _summary(means: Doubles, model: Model) -> dict[str, Any]:
    reconstruction = float(means[0])
    if model.config.model.posterior == "none":
        absent = dict.fromkeys(("elbo", "kl", "kl_per_dim", "active_units"))
        return absent | {"reconstruction": reconstruction}
    kl_per_dim, mean, mean_squared = np.split(means[1:], 3)
    kl = float(kl_per_dim.sum())
    return {
        "elbo": -(reconstruction + kl),
        "reconstruction": reconstruction,
        "kl": kl,
        "kl_per_dim": kl_per_dim.tolist(),
        "active_units": int(np.sum(mean_squared - mean**2 > ACTIVE_VARIANCE)),
    }
