"""What networks of halving stages share: dense layers around the code, and images framed to fit the stages."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import Network, NetworkShape
from vae_explorer.core.networks.layers import Framing, Grid, dense_stack


class Convolutional(Network):
    """Stages that halve the image, two dense layers, and a decoder that is their mirror image.

    Images of any size fit: they are padded to a multiple of what the stages need, and the output is cropped again.
    A subclass says what its stages are made of.
    """

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
        colours, height, width = shape.image
        self.framing = Framing(height, width)
        maps = [settings.feature_maps * (1 if stage < 2 else 2) for stage in range(self.framing.halvings)]
        grid = (maps[-1], *self.framing.grid)
        self.encoder = nn.Sequential(
            *self.down([shape.encoder_input[0], *maps]),
            nn.Flatten(),
            *dense_stack([math.prod(grid), settings.dense, shape.heads * shape.latent_dims]),
        )
        self.decoder = nn.Sequential(
            *dense_stack([shape.decoder_input, settings.dense, math.prod(grid)]),
            nn.ReLU(),
            Grid(grid),
            *self.up([*reversed(maps), colours]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(self.framing.pad(x))
        return flat.view(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        return self.framing.crop(self.decoder(z))

    @staticmethod
    @abstractmethod
    def down(maps: list[int]) -> list[nn.Module]:
        """Give the encoder's stages, each of which halves the image, between layers of so many channels."""

    @staticmethod
    @abstractmethod
    def up(maps: list[int]) -> list[nn.Module]:
        """Give the decoder's stages, each of which doubles the image; nothing follows the last convolution."""
