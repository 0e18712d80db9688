"""The Wasserstein autoencoder with an MMD."""

from __future__ import annotations

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives
from vae_explorer.core.objectives.mmd import mmd_squared, prior_like


@objectives.register
class WaeMmd(Objective):
    """R + λ·MMD²(z, N(0, I)) with z = m, since its encoder need not be random. Tolstikhin et al. 2018."""

    name = "wae-mmd"
    title = "Wasserstein autoencoder (MMD)"
    summary = "A plain autoencoder whose codes together, not each for itself, are to lie like N(0, I): sharper images."
    posterior = "none"
    is_elbo = False
    least_batch = 2
    weight_setting = "lambda_mmd"

    class Settings(config.Settings):
        """Settings of the Wasserstein autoencoder."""

        lambda_mmd: Weight = Field(1000.0, description="Weight of the codes' distance from N(0, I), the squared MMD.")

    def __init__(self, settings: Settings) -> None:
        self.lambda_mmd = settings.lambda_mmd

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:  # noqa: ARG002  # it has no KL
        """Return λ·MMD², one number for the batch, and the MMD²."""
        codes = seen.moment.share.whole(seen.z)
        mmd = mmd_squared(codes, prior_like(codes, seen.moment.generator))
        return {"regulariser": self.lambda_mmd * mmd, "mmd": mmd}
