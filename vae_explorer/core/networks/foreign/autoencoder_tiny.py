"""The tiny autoencoder for the codes of latent diffusion (TAESD), as diffusers stores it."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.base import NetworkShape
from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.networks.foreign.spatial import SpatialNetwork, Widths

Counts = Annotated[tuple[Annotated[int, Field(ge=0, le=32)], ...], Field(min_length=1, max_length=8)]

REACH = 3.0
"""Codes beyond this are drawn back to it before they are decoded."""

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "mish": nn.Mish}


class Block(nn.Module):
    """Adds to an image what three convolutions make of it. Shapes are kept."""

    def __init__(self, channels: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            activation(),
            nn.Conv2d(channels, channels, 3, padding=1),
            activation(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same."""
        return functional.relu(x + self.conv(x))


@foreign_networks.register
class AutoencoderTiny(SpatialNetwork):
    """Small residual blocks and nothing else: its decoder is quick even on a CPU."""

    name = "autoencoder-tiny"
    title = "AutoencoderTiny"
    summary = "The tiny autoencoder for latent diffusion models, read from diffusers."

    class Settings(SpatialNetwork.Settings):
        """What diffusers' config.json tells."""

        encoder_widths: Widths
        decoder_widths: Widths
        encoder_blocks: Counts
        decoder_blocks: Counts
        activation: Literal["relu", "gelu", "silu", "mish"] = "relu"

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        stages = len(settings.encoder_widths)
        super().__init__(shape, settings, 2 ** (stages - 1))
        counts = (settings.decoder_widths, settings.encoder_blocks, settings.decoder_blocks)
        if any(len(each) != stages for each in counts) or len(set(settings.encoder_widths)) > 1:
            msg = "The model's stages do not fit each other."
            raise UserError(msg)
        colours, channels = shape.image[0], settings.latent_channels
        activation = _ACTIVATIONS[settings.activation]
        self.widest = max(settings.encoder_widths[0], settings.decoder_widths[-1])
        self.encoder = _encoder(colours, channels, settings.encoder_widths, settings.encoder_blocks, activation)
        self.decoder = _decoder(channels, colours, settings.decoder_widths, settings.decoder_blocks, activation)

    @property
    def values_per_pixel(self) -> int:
        """Its last blocks work at the size of the image."""
        return self.widest

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 1, D)."""
        return self.from_library(self.encoder(self.to_input(x))).unsqueeze(1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        code = REACH * torch.tanh(self.to_library(z) / REACH)
        return self.to_brightness(self.decoder(code))


def _encoder(
    inputs: int, outputs: int, widths: tuple[int, ...], blocks: tuple[int, ...], activation: type[nn.Module]
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        first = nn.Conv2d(inputs, width, 3, padding=1)
        layers.append(first if stage == 0 else nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False))
        layers += [Block(width, activation) for _ in range(count)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], outputs, 3, padding=1))


def _decoder(
    inputs: int, outputs: int, widths: tuple[int, ...], blocks: tuple[int, ...], activation: type[nn.Module]
) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inputs, widths[0], 3, padding=1), activation()]
    for width, count in zip(widths[:-1], blocks[:-1], strict=True):
        layers += [Block(width, activation) for _ in range(count)]
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(width, width, 3, padding=1, bias=False)]
    layers += [Block(widths[-1], activation) for _ in range(blocks[-1])]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], outputs, 3, padding=1))
