"""Residual blocks at every scale, nearest upsampling between them, after TAESD's decoder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core import config
from vae_explorer.core.networks.base import NetworkShape, networks
from vae_explorer.core.networks.convolutional import Staged

_MOST_TIMES = 4
"""Channels double with every halving, up to so many times those of the finest stage: most of the work is there."""


class Block(nn.Module):
    """Adds to an image what two convolutions make of it. Shapes are kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
        )
        self.fuse = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        fused: Tensor = self.fuse(x + self.branch(x))
        return fused


@networks.register
class Residual(Staged):
    """Residual blocks with strided convolutions between them down, and with nearest upsampling between them up.

    Upsampling before each convolution leaves none of the checkerboard of strided deconvolutions (Odena et al. 2016),
    and a second convolution at full size draws what is finer than its grid. No normalisation: blocks begin as almost
    nothing (Zhang et al. 2019), so depth costs the signals nothing.
    """

    name = "residual"
    title = "Residual"
    summary = "Deep, with shortcuts: for detail in colour images from 64 to 256 pixels, given a GPU or patience."

    class Settings(config.Settings):
        """Settings of the residual network."""

        feature_maps: Annotated[int, Field(ge=2, le=512)] = Field(
            16,
            description="Channels at half size, up to four times as many further in. Twice as many take three times as "
            "long.",
        )
        blocks: Annotated[int, Field(ge=1, le=8)] = Field(1, description="Residual blocks at each size.")
        dense: Annotated[int, Field(ge=1, le=16384)] = Field(
            256, description="Units of the dense layer between the convolutions and the code."
        )

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        maps = [settings.feature_maps * min(2**stage, _MOST_TIMES) for stage in range(self.framing.halvings)]
        self.build(maps, settings.dense, partial(_down, settings.blocks), partial(_up, settings.blocks))

    def first_scales(self) -> Mapping[nn.Module, float]:
        """Let each block begin as little more than its shortcut."""
        return {block.branch[-1]: _FIRST_BRANCH for block in self.modules() if isinstance(block, Block)}


_FIRST_BRANCH = 0.2


def _down(blocks: int, maps: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(maps):
        layers += [nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU()]
        layers += [Block(outputs) for _ in range(blocks)]
    return layers


def _up(blocks: int, maps: list[int]) -> list[nn.Module]:
    *maps, colours = maps
    fine = math.ceil(maps[-1] / 2)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise([*maps, fine]):
        layers += [Block(inputs) for _ in range(blocks)]
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.ReLU()]
    return [*layers, nn.Conv2d(fine, colours, kernel_size=3, padding=1)]
