"""What networks of halving stages share: dense layers around the code, and images framed to fit the stages."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape
from vae_explorer.core.networks.layers import Framing, Grid, dense_stack

Stages = Callable[[list[int]], list[nn.Module]]
"""Gives stages between layers of so many channels."""


class Staged(Network):
    """Stages that halve the image, two dense layers, and a decoder that is their mirror image.

    Images of any size fit: they are padded to a multiple of what the stages need, and the output is cropped again.
    """

    def __init__(self, shape: NetworkShape, settings: config.Settings) -> None:
        super().__init__(shape, settings)
        _, height, width = shape.image
        self.framing = Framing(height, width)

    def build(self, maps: list[int], dense: int, down: Stages, up: Stages) -> None:
        """Make both halves, with so many channels after each of the `framing`'s halvings and so many dense units."""
        shape, grid = self.shape, (maps[-1], *self.framing.grid)
        self.encoder = nn.Sequential(
            *down([shape.encoder_input[0], *maps]),
            nn.Flatten(),
            *dense_stack([math.prod(grid), dense, shape.heads * shape.latent_dims]),
        )
        self.decoder = nn.Sequential(
            *dense_stack([shape.decoder_input, dense, math.prod(grid)]),
            nn.ReLU(),
            Grid(grid),
            *up([*reversed(maps), shape.image[0]]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(self.framing.pad(x))
        return flat.view(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        return self.framing.crop(self.decoder(z))


class Convolutional(Staged):
    """Stages of a convolution each way. A subclass says what is around it."""

    class Settings(config.Settings):
        """Settings of a convolutional network."""

        feature_maps: Annotated[int, Field(ge=1, le=1024)] = Field(
            32, description="Channels of the first two convolutions; the later ones have twice as many."
        )
        dense: Annotated[int, Field(ge=1, le=16384)] = Field(
            256, description="Units of the dense layer between the convolutions and the code."
        )

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        maps = [settings.feature_maps * (1 if stage < 2 else 2) for stage in range(self.framing.halvings)]
        self.build(maps, settings.dense, self.down, self.up)

    @staticmethod
    @abstractmethod
    def down(maps: list[int]) -> list[nn.Module]:
        """Give the encoder's stages, each of which halves the image, between layers of so many channels."""

    @staticmethod
    @abstractmethod
    def up(maps: list[int]) -> list[nn.Module]:
        """Give the decoder's stages, each of which doubles the image; nothing follows the last convolution."""
