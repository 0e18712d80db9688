"""What an objective is: a pure function of one forward pass that returns every term it computed, by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.posterior import Posterior, kl_from_prior
from vae_explorer.core.registry import Registry

BatchTerms = dict[str, Tensor]
"""Terms by name, in nats: (B,) for each image, or a scalar where a term belongs to the whole batch. `loss` is
minimised; `kl_per_dim` alone is (B, D)."""


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Everything that one pass through the model computed."""

    x: Tensor
    """(B, C, H, W) images in [0, 1]."""
    output: Tensor
    """(B, C, H, W) the decoder's raw output."""
    reconstruction: Tensor
    """(B,) −log p(x|z) in nats."""
    posterior: Posterior
    z: Tensor
    """(B, D) the codes that were decoded."""
    step: int
    """Training steps taken so far, for objectives that change as they go."""


class Objective(ABC):
    """A loss with its settings; it keeps nothing between calls. Constructed with its settings."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    posterior: ClassVar[PosteriorKind]
    """What the encoder's second output means to this objective."""
    is_elbo: ClassVar[bool]
    """Whether the loss, at the default settings, is minus the evidence lower bound."""
    Settings: ClassVar[type[config.Settings]]

    @abstractmethod
    def __init__(self, settings: config.Settings) -> None: ...

    @abstractmethod
    def terms(self, seen: ForwardPass) -> BatchTerms:
        """Compute the loss and all that it is made of."""


objectives: Registry[Objective] = Registry("objective", "vae_explorer.core.objectives")


def elbo_terms(seen: ForwardPass) -> BatchTerms:
    """Return `reconstruction`, the true `kl` and `elbo` (B,), and `kl_per_dim` (B, D), whatever is optimised."""
    if seen.posterior.log_var is None:
        return {"reconstruction": seen.reconstruction}
    kl_per_dim = kl_from_prior(seen.posterior.mean, seen.posterior.log_var)
    kl = kl_per_dim.sum(1)
    return {
        "reconstruction": seen.reconstruction,
        "kl": kl,
        "elbo": -(seen.reconstruction + kl),
        "kl_per_dim": kl_per_dim,
    }
