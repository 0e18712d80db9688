"""One linear layer each way: what principal component analysis can do."""

from __future__ import annotations

import math

from vae_explorer.core import config
from vae_explorer.core.networks.base import NetworkShape, networks
from vae_explorer.core.networks.dense import Dense
from vae_explorer.core.networks.flat import Flat


@networks.register
class Linear(Flat):
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
