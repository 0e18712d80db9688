"""DIP-VAE II: the codes themselves are to be uncorrelated."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.objectives.base import ForwardPass, Weight, objectives
from vae_explorer.core.objectives.dip_vae_i import DipVaeI


@objectives.register
class DipVaeII(DipVaeI):
    """The DIP-VAE I with C = Cov[m] + E[diag e^s], the covariance of the aggregated posterior. Kumar et al. 2018."""

    name = "dip-vae-ii"
    title = "DIP-VAE II"
    summary = "Takes correlation out of the codes as drawn, so that together they lie like N(0, 1) in each dimension."

    class Settings(config.Settings):
        """Settings of the DIP-VAE II."""

        lambda_od: Weight = Field(10.0, description="Weight of the correlation between dimensions (off the diagonal).")
        lambda_d: Weight = Field(10.0, description="Weight of how far each variance is from 1 (on the diagonal).")

    def covariance(self, seen: ForwardPass) -> Tensor:
        """Return C, (D, D), of the whole batch. Raises ValueError without a spread."""
        if seen.posterior.log_var is None:
            msg = "this objective needs a posterior with a spread"
            raise ValueError(msg)
        variances = seen.moment.share.whole(seen.posterior.log_var.exp())
        return super().covariance(seen) + torch.diag(variances.mean(0))
