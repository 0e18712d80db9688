"""The variational autoencoder with its exact KL."""

from __future__ import annotations

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives


@objectives.register
class Vae(Objective):
    """Minus the evidence lower bound, with the KL weighted by β. Kingma & Welling 2013; Higgins et al. 2017."""

    name = "vae"
    title = "VAE, exact KL (ELBO)"
    summary = "The evidence lower bound: codes spread like N(0, 1), so that any point of the plane decodes well."
    posterior = "log_var"
    is_elbo = True
    weight_setting = "beta"

    class Settings(config.Settings):
        """Settings of the VAE."""

        beta: Weight = Field(
            1.0, description="Weight of the KL: 1 is the ELBO, more orders the codes at the price of detail."
        )

    def __init__(self, settings: Settings) -> None:
        self.beta = settings.beta

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:  # noqa: ARG002  # the KL is all it needs
        """Return β·KL."""
        return {"regulariser": self.beta * elbo["kl"]}
