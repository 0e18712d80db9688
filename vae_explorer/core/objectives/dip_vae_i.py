"""DIP-VAE I: the means of the posteriors are to be uncorrelated."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives


def covariance(codes: Tensor) -> Tensor:
    """Return the covariance of a batch of codes; 0 for a single one. (B, D) -> (D, D)."""
    centred = codes - codes.mean(0)
    return centred.T @ centred / len(codes)


@objectives.register
class DipVaeI(Objective):
    """R + KL + λ_od·Σ_{i≠j} C_ij² + λ_d·Σ (C_ii − 1)² with C = Cov[m]. Kumar et al. 2018."""

    name = "dip-vae-i"
    title = "DIP-VAE I"
    summary = "Takes correlation out of the posteriors' means, and keeps all dimensions alike in spread."
    posterior = "log_var"
    is_elbo = False
    least_batch = 2

    class Settings(config.Settings):
        """Settings of the DIP-VAE I."""

        lambda_od: Weight = Field(10.0, description="Weight of the correlation between dimensions (off the diagonal).")
        lambda_d: Weight = Field(100.0, description="Weight of how far each variance is from 1 (on the diagonal).")

    def __init__(self, settings: Settings) -> None:
        self.lambda_od = settings.lambda_od
        self.lambda_d = settings.lambda_d

    def covariance(self, seen: ForwardPass) -> Tensor:
        """Return C, (D, D), of the whole batch."""
        return covariance(seen.moment.share.whole(seen.posterior.mean))

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:
        """Return KL and the weighted terms, (B,), and each term of the whole batch."""
        found = self.covariance(seen)
        variances = found.diagonal()
        off_diagonal = (found - torch.diag(variances)).square().sum()
        diagonal = (variances - 1).square().sum()
        return {
            "regulariser": elbo["kl"] + self.lambda_od * off_diagonal + self.lambda_d * diagonal,
            "off_diagonal": off_diagonal,
            "diagonal": diagonal,
        }
