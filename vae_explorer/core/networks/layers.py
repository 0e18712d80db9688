"""What several networks are built of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.core.networks.dense import Dense

SMALLEST = 4
"""Convolutions halve the image until it measures at most this many pixels."""


@dataclass(frozen=True)
class Framing:
    """How images of any size go through stages that halve them: padded before, and the output cropped again."""

    height: int
    width: int

    @property
    def halvings(self) -> int:
        """Stages until the longer side measures at most SMALLEST, but one at least."""
        return max(1, math.ceil(math.log2(max(self.height, self.width) / SMALLEST)))

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width after the last stage."""
        return math.ceil(self.height / 2**self.halvings), math.ceil(self.width / 2**self.halvings)

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Pixels to add left, right, above and below, so that both sides can be halved without rest."""
        across, down = (-side % 2**self.halvings for side in (self.width, self.height))
        return across // 2, across - across // 2, down // 2, down - down // 2

    def pad(self, x: Tensor) -> Tensor:
        """Repeat the images' edges. (B, C, height, width) -> (B, C, H, W)."""
        return functional.pad(x, self.padding, mode="replicate") if any(self.padding) else x

    def crop(self, image: Tensor) -> Tensor:
        """Take away what was padded. (B, C, H, W) -> (B, C, height, width)."""
        left, _, top, _ = self.padding
        return image[:, :, top : top + self.height, left : left + self.width]


class Grid(nn.Unflatten):
    """Vectors to images of `shape` (C, h, w), with channels last in memory: convolutions are a tenth faster so."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(1, shape)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C·h·w) -> (B, C, h, w)."""
        return super().forward(x).contiguous(memory_format=torch.channels_last)


def dense_stack(widths: Sequence[int]) -> nn.Sequential:
    """Connect layers of these widths, with ReLU between them but not after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [Dense(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
