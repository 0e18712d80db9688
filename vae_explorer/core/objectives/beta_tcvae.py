"""The β-TCVAE: the KL taken apart, each part with a weight of its own."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from vae_explorer.core import config
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective, Weight, objectives
from vae_explorer.core.posterior import log_normal


class KlParts(NamedTuple):
    """The KL of each image's code, by one draw, in three parts. (B,) each, in nats."""

    mutual_information: Tensor
    """log q(z|x) − log q(z): at most log N."""
    total_correlation: Tensor
    """log q(z) − Σ log q(z_j): on average 0 where the dimensions are independent, never less."""
    dimension_wise_kl: Tensor
    """Σ log q(z_j) − log p(z_j)."""


def kl_parts(z: Tensor, mean: Tensor, log_var: Tensor, images: int, first: int = 0) -> KlParts:
    """Take log q(z|x) − log p(z) apart, exactly, by what a batch tells of q(z). (b, D), (B, D) twice -> (b,) each.

    z[i] is drawn from the posterior of image `first` + i of the batch; `images` is N, how many there are. Chen et al.
    2018, section 4.
    """
    # (b, B, D): of code i under the posterior of image j. The dimensions are summed before the images are, since a
    # mixture's density isn't the product of its marginals.
    pairs = log_normal(z[:, None], mean, log_var)
    given_image = pairs.diagonal(first).sum(0)
    weights = _log_weights((len(z), len(mean)), first, images, z)
    joint = torch.logsumexp(pairs.sum(2) + weights, 1)
    marginals = torch.logsumexp(pairs + weights[:, :, None], 1).sum(1)
    prior = log_normal(z, z.new_zeros(()), z.new_zeros(())).sum(1)
    return KlParts(given_image - joint, joint - marginals, marginals - prior)


def _log_weights(shape: tuple[int, int], first: int, images: int, like: Tensor) -> Tensor:
    """Return how much each image of a batch counts in q(z) at some of their codes: (b, B), rows sum up to 1.

    A code's own image is one of N, and the others of the batch stand for the N − 1 that remain. These are the weights
    of minibatch stratified sampling (Chen et al. 2018, appendix C.1) but for one: there an image that happens to come
    last counts more than the others; here all count the same, which has the same mean and less spread.
    """
    batch = shape[1]
    images = max(images, batch)
    if batch == 1:
        return like.new_zeros(shape)
    weights = like.new_full(shape, math.log((images - 1) / (images * (batch - 1))))
    weights.diagonal(first).fill_(-math.log(images))
    return weights


@objectives.register
class BetaTcVae(Objective):
    """R + α·MI + β·TC + γ·dimension-wise KL. Chen et al. 2018. With all weights 1 it is the VAE, by one draw."""

    name = "beta-tcvae"
    title = "β-TCVAE"
    summary = "Penalises dependence between dimensions alone: separates what they stand for at less cost than a β-VAE."
    posterior = "log_var"
    is_elbo = False
    least_batch = 2

    class Settings(config.Settings):
        """Settings of the β-TCVAE."""

        alpha: Weight = Field(1.0, description="Weight of the mutual information between image and code.")
        beta: Weight = Field(6.0, description="Weight of the total correlation: how much the dimensions depend.")
        gamma: Weight = Field(1.0, description="Weight of each dimension's distance from the prior.")

    def __init__(self, settings: Settings) -> None:
        self.weights = (settings.alpha, settings.beta, settings.gamma)

    def regulariser(self, seen: ForwardPass, elbo: BatchTerms) -> BatchTerms:  # noqa: ARG002  # it draws its own KL
        """Return the weighted parts, and each part. Raises ValueError without a spread."""
        if seen.posterior.log_var is None:
            msg = "this objective needs a posterior with a spread"
            raise ValueError(msg)
        share = seen.moment.share
        mean, log_var = share.whole(seen.posterior.mean), share.whole(seen.posterior.log_var)
        parts = kl_parts(seen.z, mean, log_var, seen.moment.images, share.first_row())
        weighed = (weight * part for weight, part in zip(self.weights, parts, strict=True))
        return {"regulariser": sum(weighed, start=torch.zeros_like(seen.reconstruction)), **parts._asdict()}
