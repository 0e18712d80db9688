"""What an objective is: a pure function of one forward pass that returns every term it computed, by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.posterior import Posterior, kl_from_prior
from vae_explorer.core.registry import Registry
from vae_explorer.core.sharing import WHOLE, Share

BatchTerms = dict[str, Tensor]
"""Terms by name, in nats: (B,) for each image, or a scalar where a term belongs to the whole batch. `loss` is
minimised; `regulariser` is what the moment's weight multiplies; `kl_per_dim` alone is (B, D)."""

Weight = Annotated[float, Field(ge=0, le=10_000)]
"""A setting that a term is multiplied by."""


@dataclass(frozen=True, eq=False)
class Moment:
    """Where in training a forward pass happens, and what an objective may use besides the pass itself."""

    step: int = 0
    """Training steps taken so far, for objectives that change as they go."""
    weight: float = 1.0
    """What the regulariser is multiplied by: a person may change it while training runs."""
    images: int = 1
    """Images that are trained on, N."""
    generator: torch.Generator | None = None
    """On the CPU, where an objective draws random numbers from; None: from torch's own."""
    auxiliary: nn.Module | None = None
    """What `Objective.auxiliary` made."""
    share: Share = WHOLE
    """Which rows of the batch the pass has, and the way to those that other ranks have. A term of the whole batch is
    the same on all ranks."""


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
    moment: Moment = field(default_factory=Moment)


class Objective(ABC):
    """Reconstruction and a regulariser; it keeps nothing between calls. Constructed with its settings."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    posterior: ClassVar[PosteriorKind]
    """What the encoder's second output means to this objective."""
    is_elbo: ClassVar[bool]
    """Whether the loss, at the default settings, is minus the evidence lower bound."""
    has_regulariser: ClassVar[bool] = True
    """Whether there is anything beside the reconstruction that could be weighed."""
    weight_setting: ClassVar[str | None] = None
    """The setting that is the regulariser's weight, where it is a single one: “beta”."""
    least_batch: ClassVar[int] = 1
    """Images in a step, for the regulariser to mean something: 2 where it compares their codes with each other."""
    needs_labels: ClassVar[bool] = False
    """Whether the model is conditional: its images have labels, and it knows their classes."""
    Settings: ClassVar[type[config.Settings]]

    @abstractmethod
    def __init__(self, settings: config.Settings) -> None: ...

    @abstractmethod
    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:
        """Compute `regulariser`, with all its weights, and by name what it is made of; `elbo` is from `elbo_terms`.

        With `auxiliary_loss` (a scalar of the whole batch, its codes detached) the auxiliary network is trained beside
        the model. Empty where there is no regulariser.
        """

    def auxiliary(self, latent_dims: int, generator: torch.Generator) -> nn.Module | None:  # noqa: ARG002  # a default
        """Make a network that training needs and the model doesn't, its weights drawn from `generator`."""
        return None

    def terms(self, seen: ForwardPass) -> BatchTerms:
        """Compute `loss`, reconstruction + weight · regulariser, and all that it is made of."""
        elbo = elbo_terms(seen)
        added = self.regulariser(seen, elbo)
        loss = seen.reconstruction
        if "regulariser" in added:
            loss = loss + seen.moment.weight * added["regulariser"]
        return {"loss": loss, **elbo, **added}


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
