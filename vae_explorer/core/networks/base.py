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

    encoder: nn.Module
    decoder: nn.Module

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

        He's uniform initialisation (He et al. 2015) for ReLU networks; biases are zero. The last layers begin smaller:
        the posterior near the prior and the images near uniform grey, yet with codes that already tell images apart.
        With smaller hidden layers (PyTorch's own default) the KL is gone before the decoder has learned to use codes,
        and on 64×64 colour images it may never come back.
        """
        for half, share in ((self.encoder, _FIRST_POSTERIOR), (self.decoder, _FIRST_IMAGE)):
            layers = [layer for layer in half.modules() if isinstance(layer, Layer)]
            for layer in layers:
                bound = math.sqrt(6 / _fan_in(layer)) * (share if layer is layers[-1] else 1)
                layer.weight.uniform_(-bound, bound, generator=generator)
                if layer.bias is not None:
                    layer.bias.zero_()


Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d

_FIRST_POSTERIOR = 0.3
_FIRST_IMAGE = 0.1


def _fan_in(layer: Layer) -> float:
    """Count inputs to one output: for a transposed convolution its kernel is thinned by its stride."""
    if isinstance(layer, nn.ConvTranspose2d):
        return layer.in_channels * math.prod(layer.kernel_size) / math.prod(layer.stride)
    return layer.weight[0].numel()


networks: Registry[Network] = Registry("network", "vae_explorer.core.networks")
