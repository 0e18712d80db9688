"""The FactorVAE, which trains a discriminator beside it."""

from __future__ import annotations

import itertools
import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives
from vae_explorer.core.runtime import send
from vae_explorer.core.sharing import WHOLE, Share

_LEAK = 0.2

Width = Annotated[int, Field(ge=1, le=4096)]


class Discriminator(nn.Sequential):
    """Tells codes from codes whose dimensions were drawn each for itself: (B, D) -> (B, 1) logits.

    Where it is perfect its logit is log q(z) − Σ log q(z_j): its mean over codes is the total correlation. It is
    D₀ − D₁ of the paper's two outputs.
    """

    def __init__(self, latent_dims: int, hidden: tuple[int, ...], generator: Generator) -> None:
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((latent_dims, *hidden)):
            layers += [nn.Linear(before, after), nn.LeakyReLU(_LEAK)]
        super().__init__(*layers, nn.Linear(hidden[-1], 1))
        self._initialise(generator)

    @torch.no_grad()
    def _initialise(self, generator: Generator) -> None:
        """Draw the weights by He et al. 2015 from `generator` alone; biases are zero."""
        for layer in self:
            if isinstance(layer, nn.Linear):
                bound = math.sqrt(6 / ((1 + _LEAK**2) * layer.in_features))
                layer.weight.uniform_(-bound, bound, generator=generator)
                layer.bias.zero_()


def permute_dims(z: Tensor, generator: Generator | None) -> Tensor:
    """Shuffle each dimension over the batch for itself. (B, D) -> (B, D). Kim & Mnih 2018, algorithm 1."""
    order = torch.rand(z.shape, generator=generator).argsort(0)
    return z.gather(0, send(order, z.device))


def discriminator_loss(
    discriminator: nn.Module, z: Tensor, generator: Generator | None, share: Share = WHOLE
) -> Tensor:
    """Return the cross-entropy of telling half of the codes from the other half with its dimensions permuted. -> ().

    z (b, D) are the codes of a `share` of the batch. No gradient reaches them. A single code is compared with itself.
    """
    z = share.whole(z.detach())
    half = len(z) // 2
    real, permuted = z[: len(z) - half], permute_dims(z[half:], generator)
    missed = share.mean_of(lambda codes: functional.softplus(-discriminator(codes)), real)
    mistaken = share.mean_of(lambda codes: functional.softplus(discriminator(codes)), permuted)
    return 0.5 * (missed + mistaken)


@objectives.register
class FactorVae(Objective):
    """R + KL + γ·mean(D₀(z) − D₁(z)), with D trained to tell z from codes with permuted dimensions. Kim & Mnih 2018."""

    name = "factor-vae"
    title = "FactorVAE"
    summary = "Penalises dependence between dimensions as a second network sees it, which is trained beside the model."
    posterior = "log_var"
    is_elbo = False
    least_batch = 2

    class Settings(config.Settings):
        """Settings of the FactorVAE."""

        gamma: Weight = Field(10.0, description="Weight of the total correlation: how much the dimensions depend.")
        discriminator: Annotated[tuple[Width, ...], Field(min_length=1, max_length=8)] = Field(
            (256, 256, 256), description="Widths of the second network's hidden layers; the paper has six of 1000."
        )

    def __init__(self, settings: Settings) -> None:
        self.gamma = settings.gamma
        self.hidden = settings.discriminator

    def auxiliary(self, latent_dims: int, generator: Generator) -> Discriminator:
        """Make the discriminator."""
        return Discriminator(latent_dims, self.hidden, generator)

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:
        """Return KL + γ·TC, (B,), the TC as the discriminator sees it, and the discriminator's own loss.

        Raises ValueError without the discriminator.
        """
        discriminator = seen.moment.auxiliary
        if discriminator is None:
            msg = "this objective needs its discriminator"
            raise ValueError(msg)
        total_correlation = discriminator(seen.z).squeeze(1)
        return {
            "regulariser": elbo["kl"] + self.gamma * total_correlation,
            "total_correlation": total_correlation,
            "auxiliary_loss": discriminator_loss(discriminator, seen.z, seen.moment.generator, seen.moment.share),
        }
