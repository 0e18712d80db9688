"""The knobs of the latent dimensions."""

from vae_explorer.ui.views.knobs.view import Knobs

__all__ = ["Knobs"]
