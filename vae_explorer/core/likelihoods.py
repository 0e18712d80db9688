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


_PIXELS = (1, 2, 3)
"""Dimensions of a batch to sum over: unlike flattening it copies nothing where channels are last in memory."""

likelihoods: Registry[Likelihood] = Registry("likelihood", "vae_explorer.core.likelihoods")


_LEAST_LOG_VARIANCE = -14.0
"""A standard deviation that is learned stays above e^−7, a quarter of a step of 8-bit brightness."""


@likelihoods.register
class Gaussian(Likelihood):
    """A normal distribution around the decoder's output, of one variance for all pixels, fixed or learned.

    −log p = Σ (x − x̂)²/(2v) + n/2·log(2πv) over n pixels and channels. With v = ½ it is the squared error Σ (x − x̂)²
    of a linear decoder, but for the constant n/2·log(π). A learned variance comes to be the mean squared error, so that
    nobody need balance reconstruction and KL (σ-VAE, Rybkin et al. 2021).
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
        learn_variance: bool = Field(
            default=False, description="Begin with this variance and learn it: it comes to be the mean squared error."
        )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._variance = settings.variance
        learned = torch.tensor(math.log(settings.variance))
        self.log_variance = nn.Parameter(learned) if settings.learn_variance else None

    def variance(self) -> Tensor:
        """Return the variance of a pixel, () on the CPU or where it is learned."""
        if self.log_variance is None:
            return torch.tensor(self._variance)
        # No hard limit, which a step might cross and never come back from, since there is no gradient beyond it.
        return torch.exp(_LEAST_LOG_VARIANCE + functional.softplus(self.log_variance - _LEAST_LOG_VARIANCE))

    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """−log N(x; output, variance) in nats. -> (B,)."""
        squared_error = (x - output).square().sum(_PIXELS)
        variance = self.variance()
        return squared_error / (2 * variance) + 0.5 * x[0].numel() * torch.log(2 * math.pi * variance)

    def to_image(self, output: Tensor) -> Tensor:
        """Cut the mean to [0, 1]."""
        return output.clamp(0, 1)


@likelihoods.register
class Bernoulli(Likelihood):
    """A coin for each pixel, whose logit is the decoder's output: cross-entropy with a sigmoid decoder.

    Pixels between 0 and 1 count as the share of ones, as is usual for MNIST. What is computed of them is no density: it
    does not integrate to 1 over [0, 1], so that of grey images the ELBO bounds nothing. See `ContinuousBernoulli`.
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
        return functional.binary_cross_entropy_with_logits(output, x, reduction="none").sum(_PIXELS)

    def to_image(self, output: Tensor) -> Tensor:
        """Apply the sigmoid."""
        return torch.sigmoid(output)


@likelihoods.register
class ContinuousBernoulli(Likelihood):
    """The Bernoulli's formula made a density on [0, 1]: p(x) = C(λ)·λ^x·(1−λ)^(1−x). Loaiza-Ganem & Cunningham 2019.

    The decoder's output is the logit l of λ, of which C = l/tanh(l/2). Leaving C out, as the Bernoulli does with greys,
    favours pale images: C grows from 2, for a grey λ, without end towards black and white. λ is not the mean.
    """

    name = "continuous-bernoulli"
    title = "Continuous Bernoulli (grey levels)"
    summary = "Cross-entropy made a true density of grey levels, so that its ELBO is one: for images of any greys."

    class Settings(config.Settings):
        """The continuous Bernoulli likelihood has no settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)

    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """−Σ (log C + x·log(λ) + (1−x)·log(1−λ)) in nats, from logits. -> (B,)."""
        cross_entropy = functional.binary_cross_entropy_with_logits(output, x, reduction="none")
        return (cross_entropy - log_normaliser(output)).sum(_PIXELS)

    def to_image(self, output: Tensor) -> Tensor:
        """Return the mean, ½ + ½/tanh(l/2) − 1/l: greyer than λ."""
        is_near, near, distant = _split_at_zero(output)
        series = 0.5 + near / 12 - near**3 / 720 + near**5 / 30_240
        return torch.where(is_near, series, 0.5 + 0.5 / torch.tanh(0.5 * distant) - 1 / distant)


def log_normaliser(logits: Tensor) -> Tensor:
    """Return log C = log(l/tanh(l/2)) of the continuous Bernoulli, for each logit; near 0 by its Taylor series."""
    is_near, near, distant = _split_at_zero(logits)
    squared = near.square()
    series = math.log(2) + squared / 12 - 7 * squared**2 / 1440 + 31 * squared**3 / 90_720
    return torch.where(is_near, series, torch.log(distant / torch.tanh(0.5 * distant)))


_NEAR = 0.4
"""Up to this logit the series is right to seven digits."""


def _split_at_zero(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Tell which are near 0; give those, and the others, both without what has no finite gradient in their formula."""
    is_near = logits.abs() < _NEAR
    return is_near, torch.where(is_near, logits, 0.0), torch.where(is_near, 1.0, logits)
