"""The plain autoencoder."""

from __future__ import annotations

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, objectives


@objectives.register
class Autoencoder(Objective):
    """Reconstruction alone."""

    name = "ae"
    title = "Plain autoencoder"
    summary = "Reconstruction alone: sharp copies, but codes may lie anywhere, so new images can't be drawn from it."
    posterior = "none"
    is_elbo = False
    has_regulariser = False

    class Settings(config.Settings):
        """The plain autoencoder has no settings."""

    def __init__(self, settings: Settings) -> None: ...

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:  # noqa: ARG002  # there is none
        """Return nothing."""
        return {}
