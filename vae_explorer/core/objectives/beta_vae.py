"""The β-VAE, its weight warmed up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives


@objectives.register
class BetaVae(Objective):
    """R + β(t)·KL. Higgins et al. 2017; β grows from 0 to its value in the first steps, after Bowman et al. 2016."""

    name = "beta-vae"
    title = "β-VAE with warm-up"
    summary = "A heavier KL, which comes in slowly: makes single dimensions stand for single things; coarser images."
    posterior = "log_var"
    is_elbo = False
    weight_setting = "beta"

    class Settings(config.Settings):
        """Settings of the β-VAE."""

        beta: Weight = Field(4.0, description="Weight of the KL once it is warm; above 1 it separates the dimensions.")
        warm_up_steps: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
            500, description="Training steps in which β grows from 0 to its value, so that codes form first."
        )

    def __init__(self, settings: Settings) -> None:
        self.beta = settings.beta
        self.warm_up_steps = settings.warm_up_steps

    def beta_at(self, step: int) -> float:
        """Return β(t) at a training step: a straight line from 0, then β."""
        return self.beta if step >= self.warm_up_steps else self.beta * step / self.warm_up_steps

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:
        """Return β(t)·KL, and β(t)."""
        beta = self.beta_at(seen.moment.step)
        return {"regulariser": beta * elbo["kl"], "beta": elbo["kl"].new_full((), beta)}
