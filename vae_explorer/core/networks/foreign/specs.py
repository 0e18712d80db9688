"""Layers as values: what a network that was trained elsewhere is made of, told in config.json.

Each says what it turns a shape into before anything is built, so that what doesn't fit, or wouldn't fit into memory, is
told in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.foreign.convolutions import ConvSpec, ConvTransposeSpec
from vae_explorer.core.networks.foreign.names import ActivationName
from vae_explorer.core.networks.foreign.norms import BatchNormSpec, GroupNormSpec
from vae_explorer.core.networks.foreign.spec import Shape, Size, Small, Spec, check_fits, in_words

MOST_WEIGHTS = 2_000_000_000
"""Numbers in all layers together, 8 GB of them: more is a mistake, or meant to take the memory."""

MOST_VALUES = 1 << 28
"""Numbers between two layers, for one image."""


class LinearSpec(Spec):
    """Every unit connected to every other."""

    kind: Literal["linear"] = "linear"
    inputs: Size
    outputs: Size
    bias: bool = True

    def after(self, before: Shape) -> Shape:
        """(inputs,) -> (outputs,)."""
        check_fits(before == (self.inputs,), f"a linear layer of {self.inputs} inputs", before)
        return (self.outputs,)

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.Linear(self.inputs, self.outputs, bias=self.bias)

    @property
    def weights(self) -> int:
        """Count the matrix and the bias."""
        return self.inputs * self.outputs + self.outputs


class ActivationSpec(Spec):
    """A function of each number for itself."""

    kind: Literal["activation"] = "activation"
    name: ActivationName
    slope: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Of the leaky ReLU below 0."""

    def after(self, before: Shape) -> Shape:
        """Shapes are kept."""
        return before

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.LeakyReLU(self.slope) if self.name == "leaky-relu" else _ACTIVATIONS[self.name]()


_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU, "elu": nn.ELU, "selu": nn.SELU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "softplus": nn.Softplus,
}  # fmt: skip


class ReshapeSpec(Spec):
    """The same numbers in another shape."""

    kind: Literal["reshape"] = "reshape"
    to: Annotated[tuple[Size, ...], Field(min_length=1, max_length=3)]

    def after(self, before: Shape) -> Shape:
        """Shapes hold equally many numbers."""
        check_fits(math.prod(before) == math.prod(self.to), f"a reshaping to {in_words(self.to)}", before)
        return self.to

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.Unflatten(1, self.to) if len(self.to) > 1 else nn.Flatten()


class UpsampleSpec(Spec):
    """An enlargement that learns nothing."""

    kind: Literal["upsample"] = "upsample"
    factor: Small = 2
    mode: Literal["nearest", "bilinear"] = "nearest"

    def after(self, before: Shape) -> Shape:
        """(C, H, W) -> (C, factor·H, factor·W)."""
        check_fits(len(before) == 3, "an upsampling", before)
        return before[0], before[1] * self.factor, before[2] * self.factor

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.Upsample(scale_factor=self.factor, mode=self.mode)


class ResidualSpec(Spec):
    """Adds to its input, or to what a shortcut makes of it, what a branch makes of it."""

    kind: Literal["residual"] = "residual"
    branch: tuple[PlainSpec, ...]
    shortcut: tuple[PlainSpec, ...] = ()

    def after(self, before: Shape) -> Shape:
        """Both ways end in the same shape."""
        ends = chain_shape(self.branch, before)
        check_fits(
            ends == chain_shape(self.shortcut, before), f"a residual block that ends in {in_words(ends)}", before
        )
        return ends

    def build(self) -> nn.Module:
        """Make the block."""
        return Residual(build_chain(self.branch), build_chain(self.shortcut))

    @property
    def weights(self) -> int:
        """Count both ways."""
        return sum(spec.weights for spec in (*self.branch, *self.shortcut))


PlainSpec = Annotated[
    LinearSpec
    | ConvSpec
    | ConvTransposeSpec
    | BatchNormSpec
    | GroupNormSpec
    | ActivationSpec
    | ReshapeSpec
    | UpsampleSpec,
    Field(discriminator="kind"),
]
LayerSpec = Annotated[PlainSpec | ResidualSpec, Field(discriminator="kind")]
ResidualSpec.model_rebuild()

Specs = tuple[LayerSpec, ...]


class Residual(nn.Module):
    """The sum of two ways."""

    def __init__(self, branch: nn.Sequential, shortcut: nn.Sequential) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(B, …) -> (B, …)."""
        total: Tensor = self.shortcut(x) + self.branch(x)
        return total


def build_chain(specs: Iterable[Spec]) -> nn.Sequential:
    """Make layers that follow each other, each at the number that its description has."""
    return nn.Sequential(*(spec.build() for spec in specs))


def chain_shape(specs: Iterable[Spec], shape: Shape) -> Shape:
    """Follow a shape through layers. Raises UserError where one doesn't take what comes, or would take all memory."""
    for spec in specs:
        shape = spec.after(shape)
        if math.prod(shape) > MOST_VALUES:
            msg = f"The model has a layer of {in_words(shape)} values for each image, which is more than can be held."
            raise UserError(msg)
    return shape


def check_weights(specs: Iterable[Spec]) -> None:
    """Raise UserError, before any memory is taken, where layers hold more numbers than any model's should."""
    if sum(spec.weights for spec in specs) > MOST_WEIGHTS:
        msg = f"The model has more than {MOST_WEIGHTS} weights, which is more than can be held."
        raise UserError(msg)
