"""Convolution and max-pooling down, unpooling and deconvolution up: the autoencoder of the lecture notes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape, networks
from vae_explorer.core.networks.layers import Framing, dense_stack

_POOLED = 0.85
"""The largest of four neighbours is larger than each: this takes back what remains of it at the borders."""


@networks.register
class Pool(Network):
    """3×3 convolutions with max-pooling between them, two dense layers, and unpooling with deconvolutions.

    `MaxUnpool2d` puts values back where the encoder found them, and a code that was clicked has no encoder. So the
    unpooling here repeats each value in a block of 2×2, and the deconvolution after it learns what to make of that.
    """

    name = "pool"
    title = "Pooling"
    summary = "Max-pooling down, unpooling and deconvolution up, as textbooks draw it, at two to three times the work."

    class Settings(config.Settings):
        """Settings of the pooling network."""

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
            *_down([shape.encoder_input[0], *maps]),
            nn.Flatten(),
            *dense_stack([math.prod(grid), settings.dense, shape.heads * shape.latent_dims]),
        )
        self.decoder = nn.Sequential(
            *dense_stack([shape.decoder_input, settings.dense, math.prod(grid)]),
            nn.ReLU(),
            nn.Unflatten(1, grid),
            *_up([*reversed(maps), colours]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(self.framing.pad(x))
        return flat.view(len(flat), self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        return self.framing.crop(self.decoder(z))

    def first_scales(self) -> Mapping[nn.Module, float]:
        """Take back, in each convolution, what the pooling after it adds."""
        return {layer: _POOLED for layer in self.encoder.modules() if isinstance(layer, nn.Conv2d)}


def _down(maps: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(maps):
        layers += [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return layers


def _up(maps: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(maps):
        layers += [
            nn.Upsample(scale_factor=2),
            nn.ConvTranspose2d(inputs, outputs, kernel_size=3, padding=1),
            nn.ReLU(),
        ]
    return layers[:-1]
