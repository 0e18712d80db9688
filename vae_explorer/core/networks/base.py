"""What a network is: an encoder and a decoder that mirror each other."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.registry import Registry

ImageShape = tuple[int, int, int]
"""Channels, height, width."""


class Network(nn.Module, ABC):
    """An encoder and decoder pair. A subclass is constructed with (image_shape, latent_dims, heads, settings)."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    Settings: ClassVar[type[config.Settings]]

    @abstractmethod
    def __init__(self, image_shape: ImageShape, latent_dims: int, heads: int, settings: config.Settings) -> None:
        super().__init__()

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Give the vectors that describe the posterior. (B, C, H, W) in [0, 1] -> (B, heads, D)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Give the likelihood's raw parameters: logits or means. (B, D) -> (B, C, H, W)."""

    @torch.no_grad()
    def initialise(self, generator: Generator) -> None:
        """Draw all weights anew from `generator` alone, so that a seed gives the same network on any thread.

        He's uniform initialisation (He et al. 2015) for ReLU networks; biases are zero. Fan-in is counted per output
        pixel, which for a transposed convolution is less than its kernel by the square of its stride.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                bound = math.sqrt(6 / _fan_in(module))
                module.weight.uniform_(-bound, bound, generator=generator)
                if module.bias is not None:
                    module.bias.zero_()


def _fan_in(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> float:
    if isinstance(layer, nn.ConvTranspose2d):
        return layer.in_channels * math.prod(layer.kernel_size) / math.prod(layer.stride)
    return layer.weight[0].numel()


networks: Registry[Network] = Registry("network", "vae_explorer.core.networks")
