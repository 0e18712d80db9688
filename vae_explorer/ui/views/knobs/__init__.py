"""The knobs of the latent dimensions."""

from vae_explorer.ui.views.knobs.view import Knobs, dims_of, probe_of

__all__ = ["Knobs", "dims_of", "probe_of"]
