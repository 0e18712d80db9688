"""The notes' penalty read so that it is a KL."""

from __future__ import annotations

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.objectives.base import Weight, objectives
from vae_explorer.core.objectives.notes import Notes


@objectives.register
class NotesLogVar(Notes):
    """The printed penalty with σ as a log-variance: exactly 2·KL. At its weight of 1 it is a VAE with β = 2."""

    name = "notes-log-var"
    title = "As printed in the notes, σ as log-variance"
    summary = "The notes' penalty with c = exp(σ/2)·e + m: exactly twice the KL, so a VAE whose KL weighs double."
    posterior = "log_var"

    class Settings(config.Settings):
        """Settings of the notes' VAE with a log-variance."""

        beta: Weight = Field(
            1.0, description="Weight of the penalty, which is twice the KL: 1 is the notes' own, 0.5 makes it the ELBO."
        )
