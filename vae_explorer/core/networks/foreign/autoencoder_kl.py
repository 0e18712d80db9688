"""The variational autoencoder of latent diffusion (Rombach et al. 2022), as diffusers stores it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.base import NetworkShape
from vae_explorer.core.networks.foreign.attentive import Decoder, Encoder, halves, pointwise
from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.networks.foreign.spatial import Channels, SpatialNetwork, Widths


@foreign_networks.register
class AutoencoderKl(SpatialNetwork):
    """Residual blocks and attention; its code is a small image."""

    name = "autoencoder-kl"
    title = "AutoencoderKL"
    summary = "The autoencoder of latent diffusion models, read from diffusers."

    class Settings(SpatialNetwork.Settings):
        """What diffusers' config.json tells."""

        widths: Widths = Field(description="Channels at each size, from the finest.")
        blocks: Annotated[int, Field(ge=1, le=16)] = Field(1, description="Residual blocks at each size.")
        groups: Channels = Field(32, description="Groups of each normalisation.")
        attention: bool = Field(default=True, description="Whether places look at each other at the smallest size.")
        quant_conv: bool = Field(default=True, description="Whether a convolution follows the encoder.")
        post_quant_conv: bool = Field(default=True, description="Whether a convolution precedes the decoder.")

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings, 2 ** (len(settings.widths) - 1))
        if any(width % settings.groups for width in settings.widths):
            msg = f"The model's {settings.groups} groups do not divide its channels, {settings.widths}."
            raise UserError(msg)
        colours, channels = shape.image[0], settings.latent_channels
        inner = (settings.widths, settings.blocks, settings.groups)
        body = Encoder((colours, 2 * channels), *inner, attention=settings.attention)
        quant_conv = pointwise(2 * channels, there=settings.quant_conv)
        self.encoder = nn.Sequential(OrderedDict(body=body, quant_conv=quant_conv))
        post_quant_conv = pointwise(channels, there=settings.post_quant_conv)
        image = Decoder((channels, colours), *inner, attention=settings.attention)
        self.decoder = nn.Sequential(OrderedDict(post_quant_conv=post_quant_conv, body=image))
        self.widest = max(settings.widths[:2])

    @property
    def values_per_pixel(self) -> int:
        """The last stage begins with the channels of the one before, at the size of the image."""
        return self.widest

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 2, D)."""
        mean, log_var = halves(self.encoder(self.to_input(x)))
        return torch.stack([self.from_library(mean), self.spread_from_library(log_var)], dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        return self.to_brightness(self.decoder(self.to_library(z)))
