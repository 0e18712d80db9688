"""Which latent dimensions carry most of what a model knows of its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COLLAPSED_NATS = 0.01
"""A dimension with less KL than this says nothing of the image: its posterior is the prior, whatever is encoded."""

SETTLED = 1.1
"""A dimension that carries more than another by less than this factor doesn't overtake it."""

MOST_CODES = 8192
"""Of more codes, so many in even steps tell the variance."""


AT_ONCE = 1 << 17
"""Codes whose KL is computed together."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """The dimensions by what they carry."""

    measure: Literal["kl", "variance"]
    """“kl”: the posterior's KL from the prior, averaged over images, in nats. “variance”: that of the posterior's
    means, where there is no posterior (a plain autoencoder) or none is known (while training goes on)."""
    amounts: Floats
    """(D,) by `measure`."""

    @classmethod
    def of(cls, mean: Floats, log_var: Floats | None) -> Ranking:
        """Rank the dimensions of encoded images by means and log-variances, (N, D) each."""
        if log_var is not None:
            return cls("kl", kl_per_dim(mean, log_var))
        return cls("variance", mean[:: -(-len(mean) // MOST_CODES)].var(axis=0))

    @property
    def order(self) -> tuple[int, ...]:
        """All dimensions, the one that carries most first."""
        return tuple(map(int, np.argsort(-self.amounts, kind="stable")))

    def order_after(self, before: Sequence[int]) -> tuple[int, ...]:
        """Change an order of all dimensions no more than need be: those that differ by less than a tenth stay.

        While training goes on, nothing else would keep rows in their places long enough to be looked at.
        """
        order: list[int] = []
        for dim in before:
            place = len(order)
            while place and self.amounts[dim] > SETTLED * self.amounts[order[place - 1]]:
                place -= 1
            order.insert(place, dim)
        return tuple(order)

    def is_collapsed(self, dim: int) -> bool:
        """Whether the dimension says nothing; a variance, which has no unit of its own, can't tell."""
        return self.measure == "kl" and bool(self.amounts[dim] < COLLAPSED_NATS)


def kl_per_dim(mean: Floats, log_var: Floats) -> Floats:
    """KL of N(mean, exp(log_var)) from N(0, 1) in nats, averaged over images. (N, D) twice -> (D,).

    Kingma & Welling 2013, appendix B.
    """
    sums = np.zeros(mean.shape[1])
    for start in range(0, len(mean), AT_ONCE):  # of very many images the whole would take a lot of memory
        some, spread = mean[start : start + AT_ONCE], log_var[start : start + AT_ONCE]
        sums += (np.expm1(spread) - spread + np.square(some)).sum(axis=0, dtype=np.float64)
    return np.asarray(0.5 * sums / len(mean), np.float32)


def kl_per_image(mean: Floats, log_var: Floats) -> Floats:
    """KL of N(mean, exp(log_var)) from N(0, I) in nats, summed over dimensions. (N, D) twice -> (N,)."""
    return np.asarray(0.5 * (np.expm1(log_var) - log_var + np.square(mean)).sum(axis=1, dtype=np.float64), np.float32)
