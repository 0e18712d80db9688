"""What networks of imported models have in common."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import Generator, Tensor

from vae_explorer.core.config import Settings
from vae_explorer.core.networks.base import Network
from vae_explorer.core.registry import Registry

Range = Literal["unit", "signed"]
"""What brightness is told in: from 0 to 1, or from −1 to 1."""


class ForeignSettings(Settings):
    """Settings of every imported network."""

    input_range: Range = Field("unit", description="What the encoder takes: brightness from 0 to 1, or from −1.")
    output_range: Range = Field("unit", description="What the decoder gives: brightness from 0 to 1, or from −1.")


class ForeignNetwork(Network):
    """A network whose weights come from a file: its settings tell all of it, and no library of its makers is needed."""

    ranges: tuple[Range, Range]

    most_latent_dims: ClassVar[int] = 1 << 24

    def initialise(self, generator: Generator) -> None:
        """Leave the weights as they are: they are read from a file."""

    def to_input(self, x: Tensor) -> Tensor:
        """Turn brightness in [0, 1] into what the encoder takes. Shapes are kept."""
        return 2 * x - 1 if self.ranges[0] == "signed" else x

    def to_brightness(self, output: Tensor) -> Tensor:
        """Turn what the decoder gives into brightness in [0, 1], or logits where it gives those. Shapes are kept."""
        return (output + 1) / 2 if self.ranges[1] == "signed" else output


foreign_networks: Registry[ForeignNetwork] = Registry("imported network", "vae_explorer.core.networks.foreign")
