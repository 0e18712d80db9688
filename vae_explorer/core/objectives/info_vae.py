"""The InfoVAE."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, objectives
from vae_explorer.core.objectives.mmd import mmd_squared, prior_like


@objectives.register
class InfoVae(Objective):
    """R + (1 − α)·KL + (α + λ − 1)·MMD²(z, N(0, I)). Zhao et al. 2017.

    α = 0 and λ = 1 is the VAE. Their limits keep both weights from being negative.
    """

    name = "info-vae"
    title = "InfoVAE"
    summary = "Eases the KL of single codes and holds all together at N(0, I) instead: a VAE that uses its code."
    posterior = "log_var"
    is_elbo = False
    least_batch = 2

    class Settings(config.Settings):
        """Settings of the InfoVAE."""

        alpha: Annotated[float, Field(ge=0, le=1)] = Field(
            0.5, description="How much of the information in a code goes free: 0 keeps the whole KL, 1 drops it."
        )
        lambda_mmd: Annotated[float, Field(ge=1, le=10_000)] = Field(
            1000.0, description="λ: the distance of all codes from N(0, I) has the weight α + λ − 1."
        )

    def __init__(self, settings: Settings) -> None:
        self.kl_weight = 1 - settings.alpha
        self.mmd_weight = settings.alpha + settings.lambda_mmd - 1

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:
        """Return the weighted KL and MMD², (B,), and the MMD² of the batch."""
        codes = seen.moment.share.whole(seen.z)
        mmd = mmd_squared(codes, prior_like(codes, seen.moment.generator))
        return {"regulariser": self.kl_weight * elbo["kl"] + self.mmd_weight * mmd, "mmd": mmd}
