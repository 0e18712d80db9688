"""Mosaics of the latent space: the plane's two dimensions, all pairs, and each dimension by itself."""

from vae_explorer.ui.tools.grid.tool import GridTool

__all__ = ["GridTool"]
