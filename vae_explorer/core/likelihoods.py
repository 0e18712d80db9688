"""How the decoder's raw output is read as a distribution over images, and as an image."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.core import config
from vae_explorer.core.registry import Registry


class Likelihood(nn.Module, ABC):
    """p(x|z), each pixel and channel for itself. Constructed with its settings; it may have parameters to learn."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    Settings: ClassVar[type[config.Settings]]

    @abstractmethod
    def __init__(self, settings: config.Settings) -> None:
        super().__init__()

    @abstractmethod
    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """−log p(x|z) in nats, summed over pixels and channels. (B, C, H, W), (B, C, H, W) -> (B,)."""

    @abstractmethod
    def to_image(self, output: Tensor) -> Tensor:
        """Turn the decoder's output into the expected image, in [0, 1]. Shapes are kept."""


likelihoods: Registry[Likelihood] = Registry("likelihood", "vae_explorer.core.likelihoods")


@likelihoods.register
class Gaussian(Likelihood):
    """A normal distribution around the decoder's output, of one fixed variance.

    −log p = Σ (x − x̂)²/(2v) + n/2·log(2πv) over n pixels and channels. With v = ½ it is the squared error Σ (x − x̂)²
    of a linear decoder, but for the constant n/2·log(π).
    """

    name = "gaussian"
    title = "Gaussian (squared error)"
    summary = "Linear decoder and squared error: for photographs, colour, and brightness that is a measurement."

    class Settings(config.Settings):
        """Settings of the Gaussian likelihood."""

        variance: Annotated[float, Field(gt=0, le=100)] = Field(
            0.5,
            description="Variance of a pixel around the decoder's output; 0.5 gives the plain squared error, "
            "less asks for finer detail against the KL.",
        )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.variance = settings.variance
        self.constant = 0.5 * math.log(2 * math.pi * settings.variance)

    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """−log N(x; output, variance) in nats. -> (B,)."""
        squared_error = (x - output).square().flatten(1).sum(1)
        return squared_error / (2 * self.variance) + self.constant * x[0].numel()

    def to_image(self, output: Tensor) -> Tensor:
        """Cut the mean to [0, 1]."""
        return output.clamp(0, 1)


@likelihoods.register
class Bernoulli(Likelihood):
    """A coin for each pixel, whose logit is the decoder's output: cross-entropy with a sigmoid decoder.

    Pixels between 0 and 1 count as the share of ones, as is usual for MNIST.
    """

    name = "bernoulli"
    title = "Bernoulli (cross-entropy)"
    summary = "Sigmoid decoder and cross-entropy: for images that are nearly black and white, such as digits."

    class Settings(config.Settings):
        """The Bernoulli likelihood has no settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)

    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """−Σ x·log(x̂) + (1−x)·log(1−x̂) in nats, from logits. -> (B,)."""
        return functional.binary_cross_entropy_with_logits(output, x, reduction="none").flatten(1).sum(1)

    def to_image(self, output: Tensor) -> Tensor:
        """Apply the sigmoid."""
        return torch.sigmoid(output)
