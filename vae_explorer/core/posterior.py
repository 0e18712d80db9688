"""What the encoder says of an image: a diagonal Gaussian over codes, or a single code."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.core.config import PosteriorKind

LOG_VAR_RANGE = (-30.0, 20.0)
"""Log-variances are clamped to this, as diffusers does, so that an exponential never overflows."""


def heads_of(kind: PosteriorKind) -> int:
    """Return how many vectors the encoder gives for an image."""
    return 1 if kind == "none" else 2


def kl_from_prior(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL of N(mean, exp(log_var)) from N(0, 1), in nats. (B, D) twice -> (B, D). Kingma & Welling 2013, appendix B."""
    return 0.5 * (torch.expm1(log_var) - log_var + mean.square())


def log_normal(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """Log-density of N(mean, exp(log_var)) at z, for each dimension, in nats. Shapes are broadcast."""
    return -0.5 * (math.log(2 * math.pi) + log_var + (z - mean).square() * torch.exp(-log_var))


@dataclass(frozen=True, eq=False)
class Posterior:
    """q(z|x) for a batch of images. `log_var` is None for a plain autoencoder, whose code is `mean`."""

    mean: Tensor
    """(B, D)."""
    log_var: Tensor | None = None
    """(B, D) true log-variance."""
    spread: Tensor | None = None
    """(B, D) the encoder's second output: the log-variance itself, or the notes' σ, half of it."""

    @classmethod
    def from_heads(cls, heads: Tensor, kind: PosteriorKind) -> Posterior:
        """Read the encoder's output, (B, 1 or 2, D), as `kind` says."""
        if kind == "none":
            return cls(heads[:, 0])
        low, high = LOG_VAR_RANGE
        if kind == "log_std":
            spread = heads[:, 1].clamp(low / 2, high / 2)
            return cls(heads[:, 0], 2 * spread, spread)
        spread = heads[:, 1].clamp(low, high)
        return cls(heads[:, 0], spread, spread)

    def sample(self, noise: Tensor) -> Tensor:
        """Turn standard normal `noise` (B, D) into codes drawn from the posterior, (B, D)."""
        if self.log_var is None:
            return self.mean
        return torch.addcmul(self.mean, torch.exp(0.5 * self.log_var), noise)
