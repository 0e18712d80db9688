"""Convolution and max-pooling down, unpooling and deconvolution up: the autoencoder of the lecture notes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import nn

from vae_explorer.core.networks.base import networks
from vae_explorer.core.networks.convolutional import Convolutional

_POOLED = 0.85
"""The largest of four neighbours is larger than each: this takes back what remains of it at the borders."""


@networks.register
class Pool(Convolutional):
    """3×3 convolutions with max-pooling between them, two dense layers, and unpooling with deconvolutions.

    `MaxUnpool2d` puts values back where the encoder found them, and a code that was clicked has no encoder. So the
    unpooling here repeats each value in a block of 2×2, and the deconvolution after it learns what to make of that.
    """

    name = "pool"
    title = "Pooling"
    summary = "Max-pooling down, unpooling and deconvolution up, as textbooks draw it, at two to three times the work."

    @staticmethod
    def down(maps: list[int]) -> list[nn.Module]:
        """Give convolutions, each with max-pooling after it."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(maps):
            layers += [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        return layers

    @staticmethod
    def up(maps: list[int]) -> list[nn.Module]:
        """Give unpooling, and a deconvolution after it."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(maps):
            layers += [
                nn.Upsample(scale_factor=2),
                nn.ConvTranspose2d(inputs, outputs, kernel_size=3, padding=1),
                nn.ReLU(),
            ]
        return layers[:-1]

    def first_scales(self) -> Mapping[nn.Module, float]:
        """Take back, in each convolution, what the pooling after it adds."""
        return {layer: _POOLED for layer in self.encoder.modules() if isinstance(layer, nn.Conv2d)}
