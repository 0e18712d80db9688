"""The evidence lower bound and what it is made of, over all images."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.batches import to_floats
from vae_explorer.core.classes import Labels
from vae_explorer.core.data.base import ImageRows, Images
from vae_explorer.core.encoding import BATCH, check_shape
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics.base import Figures, Line, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.subject import Subject
from vae_explorer.core.model import Model
from vae_explorer.core.posterior import kl_from_prior
from vae_explorer.core.runtime import memory_errors_explained

ACTIVE_VARIANCE = 0.01
"""A latent dimension is active where its posterior mean varies more than this over the images. Burda et al. 2015."""

_NO_KL = "Codes without a spread have neither an ELBO nor a KL."

Doubles = NDArray[np.float64]


@metrics.register
class Elbo:
    """The bound that a VAE is trained by."""

    name: ClassVar[str] = "elbo"
    title: ClassVar[str] = "ELBO"
    summary: ClassVar[str] = "The evidence lower bound with its two halves, and what each dimension holds."
    group: ClassVar[str] = "Likelihood"
    place: ClassVar[int] = 0
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "elbo",
            "ELBO",
            "A lower bound of log p(x), or log p(x|label) of a conditional model: −(reconstruction + KL), mean over "
            "{images} images.",
            "nats",
            absent=_NO_KL,
        ),
        Line("reconstruction", "Reconstruction", "−log p(x|z) with one z drawn for each image.", "nats"),
        Line("kl", "KL", "What the codes tell beyond the prior N(0, I), by the exact formula.", "nats", absent=_NO_KL),
        Line("kl_per_dim", "KL of each dimension", "In nats; 0 where a dimension holds nothing.", absent=_NO_KL),
        Line(
            "active_units",
            "Active dimensions",
            "Those whose posterior mean has a variance over 0.01 (Burda 2015).",
            absent=_NO_KL,
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Evaluate on all images."""
        images = subject.images.images
        return evaluate(subject.model, images, subject.seed, labels=subject.classes, on_batch=subject.tick)


def evaluate(
    model: Model,
    images: ImageRows,
    seed: int = 0,
    batch: int = BATCH,
    *,
    labels: Labels | None = None,
    on_batch: Tick = ignore_tick,
) -> Figures:
    """Evaluate on images (N, H, W, C) with one code drawn for each: z = mean would not give an ELBO.

    Returns means over images in nats: `reconstruction` (−log p(x|z)), `kl`, `elbo` = −(reconstruction + kl) and
    `kl_per_dim`, besides `active_units` and `images`. Where codes have no spread all but `reconstruction` and `images`
    are None. The same seed draws the same codes. A conditional model needs `labels` (N,), see
    `classes.labels_for`. Raises UserError, and whatever `on_batch` raises.
    """
    check_shape(model, images)
    if not len(images):
        msg = "There are no images to evaluate the model on."
        raise UserError(msg)
    noise = torch.Generator().manual_seed(seed)
    totals = np.zeros(1 + 3 * model.latent_dims)
    for start in range(0, len(images), batch):
        on_batch(start, len(images))
        chosen = slice(start, start + batch)
        totals += _totals(model, np.array(images[chosen]), None if labels is None else labels[chosen], noise)
    return _summary(totals / len(images), model) | {"images": len(images)}


def _totals(model: Model, images: Images, labels: Labels | None, generator: torch.Generator) -> Doubles:
    """Sum over a batch: reconstruction, then for each dimension KL, mean and squared mean. -> (1 + 3·D,) float64."""
    device = next(model.parameters()).device
    noise = torch.randn(len(images), model.latent_dims, generator=generator)
    with memory_errors_explained(), torch.inference_mode():
        x = to_floats(torch.from_numpy(images).to(device))
        classes = None if labels is None else torch.from_numpy(labels).to(device)
        posterior = model.encode(x, classes)
        output = model.decode_raw(posterior.sample(noise.to(device)), classes)
        reconstruction = model.likelihood.negative_log_likelihood(output, x)
        mean, log_var = posterior.mean, posterior.log_var
        kl = torch.zeros_like(mean) if log_var is None else kl_from_prior(mean, log_var)
        return np.concatenate([_summed(reconstruction[:, None]), _summed(kl), _summed(mean), _summed(mean.square())])


def _summed(values: Tensor) -> Doubles:
    return np.asarray(values.cpu().double().sum(0).numpy(), np.float64)


def _summary(means: Doubles, model: Model) -> Figures:
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
