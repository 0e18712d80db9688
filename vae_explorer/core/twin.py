"""The same model with the other objective: what an AE and a VAE are compared by."""

from __future__ import annotations

from vae_explorer.core.checks import check_own
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import apply_settings


def twin_of(config: RunConfig) -> RunConfig:
    """Return the configuration with everything else equal: a VAE for a plain autoencoder, else a plain autoencoder.

    Raises UserError where the model was trained elsewhere.
    """
    check_own(config)
    return apply_settings(config, {"objective": "vae" if config.objective.name == "ae" else "ae"})
