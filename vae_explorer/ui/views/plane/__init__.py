"""The latent plane: mosaic, points, prior and probe, and the mouse and keys that move in it."""

from vae_explorer.ui.views.plane.view import PlaneView

__all__ = ["PlaneView"]
