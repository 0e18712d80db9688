"""Convolutions as values."""

from __future__ import annotations

import math
from typing import Literal

from torch import nn

from vae_explorer.core.networks.foreign.spec import Margins, Pair, Shape, Size, Spec, check_fits


class _ConvolutionSpec(Spec):
    inputs: Size
    outputs: Size
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Margins = (0, 0)
    groups: Size = 1
    bias: bool = True

    @property
    def weights(self) -> int:
        """Count the kernels and the biases."""
        return self.inputs * self.outputs * math.prod(self.kernel) // self.groups + self.outputs

    def _sides(self, before: Shape) -> tuple[int, int]:
        fits = len(before) == 3 and before[0] == self.inputs
        check_fits(fits, f"a convolution of {self.inputs} channels", before)
        divides = self.inputs % self.groups == 0 and self.outputs % self.groups == 0
        check_fits(divides, f"a convolution of {self.groups} groups", before)
        return before[1], before[2]


class ConvSpec(_ConvolutionSpec):
    """A convolution."""

    kind: Literal["conv"] = "conv"

    def after(self, before: Shape) -> Shape:
        """(inputs, H, W) -> (outputs, H', W')."""
        sides = zip(self._sides(before), self.kernel, self.stride, self.padding, strict=True)
        height, width = ((side + 2 * margin - kernel) // stride + 1 for side, kernel, stride, margin in sides)
        check_fits(min(height, width) > 0, f"a convolution of {self.kernel[0]}×{self.kernel[1]}", before)
        return self.outputs, height, width

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.Conv2d(
            self.inputs, self.outputs, self.kernel, self.stride, self.padding, groups=self.groups, bias=self.bias
        )


class ConvTransposeSpec(_ConvolutionSpec):
    """A transposed convolution."""

    kind: Literal["conv-transpose"] = "conv-transpose"
    output_padding: Margins = (0, 0)

    def after(self, before: Shape) -> Shape:
        """(inputs, H, W) -> (outputs, H', W')."""
        sides = zip(self._sides(before), self.kernel, self.stride, self.padding, self.output_padding, strict=True)
        height, width = ((side - 1) * step - 2 * margin + kernel + more for side, kernel, step, margin, more in sides)
        grows = min(height, width) > 0 and all(
            more < step for more, step in zip(self.output_padding, self.stride, strict=True)
        )
        check_fits(grows, f"a transposed convolution of {self.kernel[0]}×{self.kernel[1]}", before)
        return self.outputs, height, width

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.ConvTranspose2d(
            self.inputs, self.outputs, self.kernel, self.stride, self.padding, self.output_padding, self.groups,
            bias=self.bias,
        )  # fmt: skip
