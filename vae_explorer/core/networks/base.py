"""What a network is: an encoder and a decoder that mirror each other."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.conditioning import ClassNumbers, Conditioning
from vae_explorer.core.registry import Registry

ImageShape = tuple[int, int, int]
"""Channels, height, width."""


@dataclass(frozen=True)
class NetworkShape:
    """What a network takes and gives."""

    image: ImageShape
    """The images that it is to model."""
    latent_dims: int
    heads: int
    """Vectors that describe a posterior: mean and spread, or the code alone."""
    classes: int = 0
    """Classes that a conditional model tells apart; 0 for all other models."""

    @property
    def encoder_input(self) -> ImageShape:
        """The encoder's input: of a conditional model it has one channel more, which tells the class."""
        channels, height, width = self.image
        return channels + (1 if self.classes else 0), height, width

    @property
    def decoder_input(self) -> int:
        """Numbers that the decoder takes: the code, and of a conditional model the class as one-hot."""
        return self.latent_dims + self.classes


class Network(nn.Module, ABC):
    """An encoder and decoder pair. Constructed with a `NetworkShape` and its settings.

    A subclass sets `shape`; it need not know of classes, if it builds for `encoder_input` and `decoder_input`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    Settings: ClassVar[type[config.Settings]]

    is_code: ClassVar[bool] = False
    """Whether it runs what somebody else has programmed, and a person has to trust."""

    most_latent_dims: ClassVar[int] = 64
    """Numbers in a code at most: more knobs than that, nobody turns."""

    decodes_side_by_side: ClassVar[bool] = True
    """Whether several threads may decode at once."""

    shape: NetworkShape
    encoder: nn.Module
    decoder: nn.Module

    @abstractmethod
    def __init__(self, shape: NetworkShape, settings: config.Settings) -> None:
        super().__init__()
        self.shape = shape

    @property
    def can_encode(self) -> bool:
        """Whether there is an encoder; an imported model may be a decoder alone."""
        return True

    @property
    def values_per_pixel(self) -> int:
        """About how many numbers its widest layer has for each pixel of an image: what bounds the memory of a batch."""
        return self.shape.image[0]

    def make_conditioning(self) -> ClassNumbers:
        """Make what joins the class to image and code, of a conditional model."""
        _, height, width = self.shape.image
        return Conditioning(self.shape.classes, height, width)

    def check_allowed(self, run: Path) -> None:  # most networks may always be run
        """Raise UserError where the network, of the model in the folder `run`, is code that nobody trusts."""

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Give the vectors that describe the posterior. (B, *encoder_input) -> (B, heads, D)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Give the likelihood's raw parameters: logits or means. (B, decoder_input) -> (B, C, H, W)."""

    def first_scales(self) -> Mapping[nn.Module, float]:
        """Give the factors by which the first weights of some layers differ from He's: none in a plain chain."""
        return {}

    @torch.no_grad()
    def initialise(self, generator: Generator) -> None:
        """Draw all weights anew from `generator` alone, so that a seed gives the same network on any thread.

        He's uniform initialisation (He et al. 2015) for ReLU networks; biases are zero. The last layers begin smaller:
        the posterior near the prior and the images near uniform grey, yet with codes that already tell images apart.
        With smaller hidden layers (PyTorch's own default) the KL is gone before the decoder has learned to use codes,
        and on 64×64 colour images it may never come back.
        """
        scales = self.first_scales()
        for half, share in ((self.encoder, _FIRST_POSTERIOR), (self.decoder, _FIRST_IMAGE)):
            layers = [layer for layer in half.modules() if isinstance(layer, Layer)]
            for layer in layers:
                bound = math.sqrt(6 / _fan_in(layer)) * scales.get(layer, 1) * (share if layer is layers[-1] else 1)
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
