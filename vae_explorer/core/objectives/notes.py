"""The VAE as lecture notes print it."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives


def printed_penalty(mean: Tensor, spread: Tensor) -> Tensor:
    """Σ (exp(σ) − (1 + σ) + m²) over the code. (B, D), (B, D) -> (B,).

    Equals 2·KL(N(m, variance e^σ) ‖ N(0, 1)): exact, at β = 2, where σ is a log-variance, and no KL where the codes'
    standard deviation is e^σ.
    """
    return (torch.expm1(spread) - spread + mean.square()).sum(1)


@objectives.register
class Notes(Objective):
    """R + β·Σ(exp(σ) − (1 + σ) + m²), with codes c = exp(σ)·e + m."""

    name = "notes"
    title = "VAE as printed in the notes"
    summary = "c = exp(σ)·e + m with the penalty Σ(exp(σ) − (1 + σ) + m²): spreads codes to about 0.7; not an ELBO."
    posterior: ClassVar[PosteriorKind] = "log_std"
    is_elbo = False
    weight_setting = "beta"

    class Settings(config.Settings):
        """Settings of the notes' VAE."""

        beta: Weight = Field(1.0, description="Weight of the penalty; the notes' own is 1.")

    def __init__(self, settings: Settings) -> None:
        self.beta = settings.beta

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:  # noqa: ARG002  # it has a penalty of its own
        """Return β·penalty, and the penalty. Raises ValueError without a spread."""
        if seen.posterior.spread is None:
            msg = "this objective needs a posterior with a spread"
            raise ValueError(msg)
        penalty = printed_penalty(seen.posterior.mean, seen.posterior.spread)
        return {"regulariser": self.beta * penalty, "penalty": penalty}
