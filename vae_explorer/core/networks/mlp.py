"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field
from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape, networks
from vae_explorer.core.networks.layers import dense_stack


@networks.register
class Mlp(Network):
    """Fully connected encoder, and a decoder that is its mirror image."""

    name = "mlp"
    title = "Fully connected (MLP)"
    summary = "Every pixel connected to every unit: fast and good on small, centred images such as digits."

    class Settings(config.Settings):
        """Settings of the fully connected network."""

        hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=16384)], ...], Field(max_length=8)] = Field(
            (512, 256), description="Units of the encoder's hidden layers; the decoder's are these reversed."
        )

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        inputs, pixels = math.prod(shape.encoder_input), math.prod(shape.image)
        self.encoder = dense_stack([inputs, *settings.hidden, shape.heads * shape.latent_dims])
        self.decoder = dense_stack([shape.decoder_input, *reversed(settings.hidden), pixels])

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(x.flatten(1))
        return flat.view(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        flat: Tensor = self.decoder(z)
        return flat.view(flat.shape[0], *self.shape.image)
