"""Strided convolutions, after Burgess et al. 2018."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape, networks

SMALLEST = 4
"""Convolutions halve the image until it measures at most this many pixels."""


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
        self.size = (height, width)
        halvings = max(1, math.ceil(math.log2(max(height, width) / SMALLEST)))
        self.padding = _padding(height, width, 2**halvings)
        maps = [settings.feature_maps * (1 if stage < 2 else 2) for stage in range(halvings)]
        grid = (maps[-1], *(math.ceil(side / 2**halvings) for side in self.size))
        self.encoder = nn.Sequential(
            *_convolutions([shape.encoder_input[0], *maps]),
            nn.Flatten(),
            *_dense(math.prod(grid), settings.dense, shape.heads * shape.latent_dims),
        )
        self.decoder = nn.Sequential(
            *_dense(shape.decoder_input, settings.dense, math.prod(grid)),
            nn.ReLU(),
            nn.Unflatten(1, grid),
            *_transposed([*reversed(maps), colours]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        if any(self.padding):
            x = functional.pad(x, self.padding, mode="replicate")
        flat: Tensor = self.encoder(x)
        return flat.view(len(flat), self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        image: Tensor = self.decoder(z)
        left, _, top, _ = self.padding
        height, width = self.size
        return image[:, :, top : top + height, left : left + width]


def _padding(height: int, width: int, multiple: int) -> tuple[int, int, int, int]:
    """Give the pixels to add left, right, above and below so that both sides become multiples."""
    across, down = -width % multiple, -height % multiple
    return across // 2, across - across // 2, down // 2, down - down // 2


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


def _dense(inputs: int, hidden: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs)]
