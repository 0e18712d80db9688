"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from vae_explorer.core import config
from vae_explorer.core.networks.base import NetworkShape, networks
from vae_explorer.core.networks.flat import Flat
from vae_explorer.core.networks.layers import dense_stack


@networks.register
class Mlp(Flat):
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
