"""Strided convolutions, after Burgess et al. 2018."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape, networks
from vae_explorer.core.networks.layers import Framing, dense_stack


@networks.register
class Conv(Network):
    """4×4 convolutions of stride 2, two dense layers, and a decoder that is their mirror image.

    Images of any size fit: they are padded to a multiple of what the strides need, and the output is cropped again.
    """

    name = "conv"
    title = "Convolutional"
    summary = "Learns local shapes wherever they stand: for photographs, colour, and images above 32 pixels."

    class Settings(config.Settings):
        """Settings of the convolutional network."""

        feature_maps: Annotated[int, Field(ge=1, le=1024)] = Field(
            32, description="Channels of the first two convolutions; the later ones have twice as many."
        )
        dense: Annotated[int, Field(ge=1, le=16384)] = Field(
            256, description="Units of the dense layer between the convolutions and the code."
        )

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        colours, height, width = shape.image
        self.framing = Framing(height, width)
        maps = [settings.feature_maps * (1 if stage < 2 else 2) for stage in range(self.framing.halvings)]
        grid = (maps[-1], *self.framing.grid)
        self.encoder = nn.Sequential(
            *_convolutions([shape.encoder_input[0], *maps]),
            nn.Flatten(),
            *dense_stack([math.prod(grid), settings.dense, shape.heads * shape.latent_dims]),
        )
        self.decoder = nn.Sequential(
            *dense_stack([shape.decoder_input, settings.dense, math.prod(grid)]),
            nn.ReLU(),
            nn.Unflatten(1, grid),
            *_transposed([*reversed(maps), colours]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(self.framing.pad(x))
        return flat.view(len(flat), self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        return self.framing.crop(self.decoder(z))


def _convolutions(maps: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(maps):
        layers += [nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
    return layers


def _transposed(maps: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(maps):
        layers += [nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
    return layers[:-1]
