"""Where the KL goes: information on the image, dependence between dimensions, and distance from the prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.densities import draw, log_mean_exp, log_normal
from vae_explorer.core.metrics.subject import Subject

IMAGES = 1000
"""Images at most, whose posteriors make up the aggregated one: the work grows with the square."""

_AT_ONCE = 1_000_000
"""Densities that are held at once."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """Parts of the average KL, in nats per image. Chen et al. 2018, equation 2."""

    mutual_information: float
    """KL(q(z,n) ‖ q(z)p(n)) between code and image; at most log N."""
    total_correlation: float
    """KL(q(z) ‖ Π q(z_j)): 0 where the dimensions of the aggregated posterior are independent."""
    dimension_wise_kl: float
    """Σ KL(q(z_j) ‖ p(z_j))."""

    @property
    def kl(self) -> float:
        """The average KL, which the parts sum up to."""
        return self.mutual_information + self.total_correlation + self.dimension_wise_kl


@metrics.register
class KlParts:
    """The KL, taken apart."""

    name: ClassVar[str] = "kl_parts"
    title: ClassVar[str] = "Parts of the KL"
    summary: ClassVar[str] = "MI + TC + dimension-wise KL = KL."
    group: ClassVar[str] = "Codes"
    place: ClassVar[int] = 20
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "mutual_information",
            "Mutual information",
            "What a code tells of which image it is, of {images} images; at most log {images} = {limit:.2f}.",
            "nats",
        ),
        Line(
            "total_correlation",
            "Total correlation",
            "How much the dimensions depend on each other: 0 where they are independent.",
            "nats",
        ),
        Line(
            "dimension_wise_kl",
            "Dimension-wise KL",
            "How far each dimension's distribution over all images is from N(0, 1), summed up. MI + TC + this = KL, "
            "{kl:.3f} by the codes drawn and {exact_kl:.3f} exactly.",
            "nats",
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Decompose the KL of some of the images."""
        codes = subject.sample.codes
        if codes.log_var is None:
            msg = "Codes without a spread have no KL to take apart."
            raise NotApplicable(msg)
        mean, log_var = codes.mean[:IMAGES].astype(np.float64), codes.log_var[:IMAGES].astype(np.float64)
        z = draw(mean, log_var, subject.random(cls.name))
        parts = decompose(mean, log_var, z, subject.tick)
        return {
            "mutual_information": parts.mutual_information,
            "total_correlation": parts.total_correlation,
            "dimension_wise_kl": parts.dimension_wise_kl,
            "kl": parts.kl,
            "exact_kl": float(0.5 * (np.expm1(log_var) - log_var + mean**2).sum(1).mean()),
            "images": len(mean),
            "limit": float(np.log(len(mean))),
        }


def decompose(mean: Doubles, log_var: Doubles, z: Doubles, tick: Tick = ignore_tick) -> Decomposition:
    """Decompose the KL of N posteriors, (N, D) each, by a code drawn from each, z (N, D).

    The aggregated posterior q(z) is exactly the mixture of the N; only the expectation is estimated, by the codes, so
    the parts sum up to the KL that the same codes give, and each may come out a little below 0.
    """
    joint, marginals = _log_aggregated(mean, log_var, z, tick)
    given_image = log_normal(z, mean, log_var).sum(1)
    return Decomposition(
        mutual_information=float((given_image - joint).mean()),
        total_correlation=float((joint - marginals.sum(1)).mean()),
        dimension_wise_kl=float((marginals - log_normal(z, 0.0, 0.0)).sum(1).mean()),
    )


def _log_aggregated(mean: Doubles, log_var: Doubles, z: Doubles, tick: Tick) -> tuple[Doubles, Doubles]:
    """Give log q(z), (N,), and log q(z_j), (N, D), of the mixture of all posteriors."""
    joint, marginals = np.empty(len(z)), np.empty_like(z)
    at_once = max(1, _AT_ONCE // mean.size)
    for start in range(0, len(z), at_once):
        tick(start, len(z))
        some = slice(start, start + at_once)
        # Dimension by dimension first, then summed: a mixture's density is no product of its marginals.
        densities = log_normal(z[some, None], mean, log_var)
        joint[some] = log_mean_exp(densities.sum(2), axis=1)
        marginals[some] = log_mean_exp(densities, axis=1)
    return joint, marginals
