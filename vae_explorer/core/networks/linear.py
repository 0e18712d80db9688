"""One linear layer each way: what principal component analysis can do."""

from __future__ import annotations

import math

from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape, networks
from vae_explorer.core.networks.dense import Dense


@networks.register
class Linear(Network):
    """A linear encoder and a linear decoder."""

    name = "linear"
    title = "Linear"
    summary = "No hidden layer: as an autoencoder it finds the principal components. A baseline to compare with."

    class Settings(config.Settings):
        """The linear network has no settings."""

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        self.encoder = Dense(math.prod(shape.encoder_input), shape.heads * shape.latent_dims)
        self.decoder = Dense(shape.decoder_input, math.prod(shape.image))

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(x.flatten(1))
        return flat.view(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        flat: Tensor = self.decoder(z)
        return flat.view(flat.shape[0], *self.shape.image)
