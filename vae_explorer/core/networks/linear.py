"""One linear layer each way: what principal component analysis can do."""

from __future__ import annotations

import math

from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import ImageShape, Network, networks


@networks.register
class Linear(Network):
    """A linear encoder and a linear decoder."""

    name = "linear"
    title = "Linear"
    summary = "No hidden layer: as an autoencoder it finds the principal components. A baseline to compare with."

    class Settings(config.Settings):
        """The linear network has no settings."""

    def __init__(self, image_shape: ImageShape, latent_dims: int, heads: int, settings: Settings) -> None:  # noqa: ARG002  # every network is constructed alike
        nn.Module.__init__(self)
        self.image_shape = image_shape
        self.heads = heads
        pixels = math.prod(image_shape)
        self.encoder = nn.Linear(pixels, heads * latent_dims)
        self.decoder = nn.Linear(latent_dims, pixels)

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(x.flatten(1))
        return flat.view(len(flat), self.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        flat: Tensor = self.decoder(z)
        return flat.view(len(flat), *self.image_shape)
