"""Normalisations as values."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.core.networks.foreign.spec import Shape, Size, Spec, check_fits


class BatchNormSpec(Spec):
    """Batch normalisation by the statistics that were gathered in training, so that no image depends on others."""

    kind: Literal["batch-norm"] = "batch-norm"
    channels: Size
    eps: Annotated[float, Field(gt=0, le=1)] = 1e-5
    affine: bool = True

    def after(self, before: Shape) -> Shape:
        """Shapes are kept."""
        check_fits(bool(before) and before[0] == self.channels, f"a normalisation of {self.channels} channels", before)
        return before

    def build(self) -> nn.Module:
        """Make the layer."""
        return FixedBatchNorm(self.channels, self.eps, affine=self.affine)

    @property
    def weights(self) -> int:
        """Count scale, shift, mean and variance."""
        return 4 * self.channels


class GroupNormSpec(Spec):
    """Group normalisation."""

    kind: Literal["group-norm"] = "group-norm"
    groups: Size
    channels: Size
    eps: Annotated[float, Field(gt=0, le=1)] = 1e-5

    def after(self, before: Shape) -> Shape:
        """Shapes are kept."""
        fits = bool(before) and before[0] == self.channels and self.channels % self.groups == 0
        check_fits(fits, f"a normalisation of {self.channels} channels in {self.groups} groups", before)
        return before

    def build(self) -> nn.Module:
        """Make the layer."""
        return nn.GroupNorm(self.groups, self.channels, self.eps)

    @property
    def weights(self) -> int:
        """Count scale and shift."""
        return 2 * self.channels


class FixedBatchNorm(nn.Module):
    """Batch normalisation that no batch can change: it always applies the statistics of its training."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float, *, affine: bool) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, …) -> the same."""
        return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
