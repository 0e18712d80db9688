"""The likelihood itself, estimated by importance sampling: closer than the ELBO the more codes are drawn."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.batches import to_floats
from vae_explorer.core.classes import Labels
from vae_explorer.core.data.base import Images
from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.densities import log_mean_exp, log_normal
from vae_explorer.core.metrics.subject import Subject
from vae_explorer.core.model import Model
from vae_explorer.core.runtime import memory_errors_explained

IMAGES = 500
"""Images at most: k codes are drawn and decoded for each."""

_VALUES_AT_ONCE = 4_000_000
"""Codes are decoded in pieces of about so many output values, which bounds memory."""

Doubles = NDArray[np.float64]


@metrics.register
class ImportanceSampled:
    """−log p(x) by importance sampling from the posterior."""

    name: ClassVar[str] = "is_nll"
    title: ClassVar[str] = "IS-NLL"
    summary: ClassVar[str] = "Negative log-likelihood by importance sampling, with k codes for each image."
    group: ClassVar[str] = "Likelihood"
    place: ClassVar[int] = 10
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "value",
            "IS-NLL",
            "−log p(x), or −log p(x|label) of a conditional model, estimated with k = {k} codes for each of {images} "
            "images (Burda 2015); the −ELBO of the same codes is {negative_elbo:.3f}.",
            "nats",
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Estimate on some of the images."""
        if not subject.has_posterior:
            msg = "Codes without a spread give no posterior to sample from, and no likelihood of an image."
            raise NotApplicable(msg)
        chosen = np.sort(subject.random(cls.name).permutation(len(subject.images))[:IMAGES])
        weights = log_weights(
            subject.model,
            subject.pixels(chosen),
            subject.importance_samples,
            subject.random(f"{cls.name} noise"),
            labels=subject.classes_of(chosen),
            tick=subject.tick,
        )
        return {
            "value": float(-log_mean_exp(weights).mean()),
            "negative_elbo": float(-weights.mean()),
            "k": subject.importance_samples,
            "images": len(chosen),
        }


def log_weights(
    model: Model,
    images: Images,
    count: int,
    random: np.random.Generator,
    *,
    labels: Labels | None = None,
    tick: Tick = ignore_tick,
) -> Doubles:
    """Draw `count` codes z from q(z|x) for each image (N, H, W, C) and weigh them: log p(x|z) + log p(z) − log q(z|x).

    The log of an image's mean weight estimates log p(x) from below, and its mean log-weight the ELBO. A
    conditional model needs `labels` (N,), on which both depend. -> (N, count).
    """
    weights = np.empty((len(images), count))
    pixels = int(np.prod(images.shape[1:]))
    at_once = max(1, _VALUES_AT_ONCE // pixels)
    for number, image in enumerate(images):
        tick(number, len(images))
        label = None if labels is None else labels[number : number + 1]
        for start in range(0, count, at_once):
            some = weights[number, start : start + at_once]
            some[:] = _weigh(model, image, label, random.standard_normal((len(some), model.latent_dims)))
    return weights


def _weigh(model: Model, image: Images, label: Labels | None, noise: Doubles) -> Doubles:
    """Log-weights of the codes that `noise` (k, D) makes of the posterior of one image (H, W, C). -> (k,)."""
    device = next(model.parameters()).device
    with memory_errors_explained(), torch.inference_mode():
        x = to_floats(torch.from_numpy(image[None]).to(device))
        classes = None if label is None else torch.from_numpy(label).to(device)
        posterior = model.encode(x, classes)
        z = posterior.sample(torch.from_numpy(noise).float().to(device))
        output = model.decode_raw(z, None if classes is None else classes.expand(len(z)))
        likelihood = _doubles(model.likelihood.negative_log_likelihood(output, x.expand_as(output)))
        assert posterior.log_var is not None  # noqa: S101  # only asked for where there is a posterior
        mean, log_var, codes = _doubles(posterior.mean), _doubles(posterior.log_var), _doubles(z)
    ratio = log_normal(codes, 0.0, 0.0) - log_normal(codes, mean, log_var)
    return np.asarray(ratio.sum(1) - likelihood)


def _doubles(values: Tensor) -> Doubles:
    return np.asarray(values.cpu().double().numpy())
