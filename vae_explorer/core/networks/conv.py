"""Strided convolutions, after Burgess et al. 2018."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from vae_explorer.core.networks.base import networks
from vae_explorer.core.networks.convolutional import Convolutional


@networks.register
class Conv(Convolutional):
    """4×4 convolutions of stride 2, and as many transposed ones."""

    name = "conv"
    title = "Convolutional"
    summary = "Learns local shapes wherever they stand: for photographs, colour, and images above 32 pixels."

    @staticmethod
    def down(maps: list[int]) -> list[nn.Module]:
        """Give strided convolutions."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(maps):
            layers += [nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
        return layers

    @staticmethod
    def up(maps: list[int]) -> list[nn.Module]:
        """Give strided transposed convolutions."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(maps):
            layers += [nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
        return layers[:-1]
