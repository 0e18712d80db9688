"""The plain autoencoder."""

from __future__ import annotations

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, elbo_terms, objectives


@objectives.register
class Autoencoder(Objective):
    """Reconstruction alone."""

    name = "ae"
    title = "Plain autoencoder"
    summary = "Reconstruction alone: sharp copies, but codes may lie anywhere, so new images can't be drawn from it."
    posterior = "none"
    is_elbo = False

    class Settings(config.Settings):
        """The plain autoencoder has no settings."""

    def __init__(self, settings: Settings) -> None: ...

    def terms(self, seen: ForwardPass) -> BatchTerms:
        """Return the loss R."""
        return {"loss": seen.reconstruction, **elbo_terms(seen)}
