"""The notes' penalty read so that it is a KL."""

from __future__ import annotations

from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.objectives.notes import Notes


@objectives.register
class NotesLogVar(Notes):
    """The printed penalty with σ as a log-variance: exactly 2·KL, so a VAE with β = 2."""

    name = "notes-log-var"
    title = "As printed in the notes, σ as log-variance (β = 2)"
    summary = "The notes' penalty with c = exp(σ/2)·e + m: exactly twice the KL, so a VAE with β = 2."
    posterior = "log_var"
