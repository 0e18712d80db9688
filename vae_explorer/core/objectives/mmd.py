"""How far a batch of codes is from the prior, as a maximum mean discrepancy."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from vae_explorer.core.runtime import send

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Of the kernel, in units of the prior's own: small ones see holes, large ones see codes that are far away."""


def prior_like(z: Tensor, generator: Generator | None) -> Tensor:
    """Draw as many codes from N(0, I) as there are in z. (B, D) -> (B, D)."""
    return send(torch.randn(z.shape, generator=generator), z.device).to(z.dtype)


def mmd_squared(first: Tensor, second: Tensor) -> Tensor:
    """Estimate the squared MMD of two sets of codes without bias. (M, D), (N, D) -> (). Gretton et al. 2012, lemma 6.

    It may come out below 0 where the two are alike. A set of one code has no pairs: then it is 0.
    """
    if min(len(first), len(second)) < 2:
        return first.new_zeros(())
    return _mean_of_pairs(first) + _mean_of_pairs(second) - 2 * _kernel(first, second).mean()


def _mean_of_pairs(codes: Tensor) -> Tensor:
    """Return the kernel's mean over pairs of two different codes."""
    count = len(codes)
    return (_kernel(codes, codes).sum() - count) / (count * (count - 1))


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    """Compare each with each by the mean of Σ c/(c + ‖a − b‖²), which is 1 for equals. (M, D), (N, D) -> (M, N).

    The inverse multi-quadratic kernel with c = 2·D·scale, as Tolstikhin et al. 2018 use: 2·D is the mean squared
    distance of two draws from the prior.
    """
    squared = (first[:, None] - second).square().sum(2)
    distances = [2 * first.shape[1] * scale for scale in SCALES]
    return torch.stack([distance / (distance + squared) for distance in distances]).mean(0)
