"""What autoencoders with a code for each place of an image have in common: a code is a small image of channels."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field
from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.base import NetworkShape
from vae_explorer.core.networks.foreign.base import ForeignNetwork, ForeignSettings

Channels = Annotated[int, Field(ge=1, le=8192)]
Widths = Annotated[tuple[Channels, ...], Field(min_length=1, max_length=8)]


class SpatialNetwork(ForeignNetwork):
    """Codes are flat here as everywhere: channel by channel, row by row."""

    class Settings(ForeignSettings):
        """Settings of every network with spatial codes."""

        latent_channels: Channels = Field(4, description="Channels of a code.")
        scaling_factor: Annotated[float, Field(gt=0, le=1e6)] = Field(
            1.0, description="What the library's codes are multiplied by, so that they spread like N(0, 1)."
        )
        shift_factor: Annotated[float, Field(ge=-1e6, le=1e6)] = Field(
            0.0, description="What is taken from the library's codes before."
        )

    def __init__(self, shape: NetworkShape, settings: Settings, reduction: int) -> None:
        super().__init__(shape, settings)
        self.ranges = (settings.input_range, settings.output_range)
        self.scale, self.offset = settings.scaling_factor, settings.shift_factor
        self.grid = grid_of(shape.image, settings.latent_channels, reduction)
        if math.prod(self.grid) != shape.latent_dims:
            msg = (
                f"Codes of {'×'.join(map(str, self.grid))} have {math.prod(self.grid)} numbers, but the model is said "
                f"to have {shape.latent_dims}."
            )
            raise UserError(msg)

    def to_library(self, z: Tensor) -> Tensor:
        """Turn codes as they are explored into the library's own. (B, D) -> (B, C, h, w)."""
        return z.view(z.shape[0], *self.grid) / self.scale + self.offset

    def from_library(self, mean: Tensor) -> Tensor:
        """Turn the library's codes into those that are explored. (B, C, h, w) -> (B, D)."""
        return ((mean - self.offset) * self.scale).flatten(1)

    def spread_from_library(self, log_var: Tensor) -> Tensor:
        """Turn the library's log-variances into those of the codes that are explored. (B, C, h, w) -> (B, D)."""
        low, high = _LOG_VAR_RANGE
        return (log_var.clamp(low, high) + 2 * math.log(self.scale)).flatten(1)


_LOG_VAR_RANGE = (-30.0, 20.0)
"""Where diffusers cuts log-variances off, before they are scaled."""


def grid_of(image: tuple[int, int, int], channels: int, reduction: int) -> tuple[int, int, int]:
    """Return channels, height and width of an image's code. Raises UserError where the sides can't be so reduced."""
    _, height, width = image
    if height % reduction or width % reduction:
        msg = f"The model takes images whose side can be divided by {reduction}, which {height} can't."
        raise UserError(msg)
    return channels, height // reduction, width // reduction
