"""Where a latent dimension is sampled: at equal steps, or at equal shares of the codes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Span = tuple[float, float]

Spacing = Literal["linear", "quantile"]
"""Linear: equal steps. Quantile: equal shares of the codes between neighbours, so denser where more images lie."""

PRIOR_SPAN: Span = (-2.5, 2.5)
"""The range where no images say which: 99 % of the prior."""

DATA_QUANTILES = (0.005, 0.995)
"""The data's range: all codes but the outermost of every hundred."""

MOST_CODES = 1 << 20
"""So many codes tell the data's range to a thousandth of its width, and their histogram."""

LEAST_SPREAD = 1e-3
"""The data's range reaches at least this far from its middle; of a middle beyond ±1, this share of it."""


@dataclass(frozen=True, eq=False)
class Axis:
    """A latent dimension and the coordinates (n,) at which it is sampled, in ascending order."""

    dim: int
    ticks: Floats

    @classmethod
    def of(cls, dim: int, span: Span, steps: int, spacing: Spacing = "linear", codes: ArrayLike | None = None) -> Axis:
        """Sample `dim` at `steps` coordinates from one end of `span` to the other, as `spaced` says."""
        return cls(dim, spaced(span, steps, spacing, codes))


def spaced(span: Span, steps: int, spacing: Spacing = "linear", codes: ArrayLike | None = None) -> Floats:
    """Return coordinates (steps,) from one end of `span` to the other, both included; a single one is the middle.

    “quantile”: between neighbours lies the same share of `codes` (N,), a dimension of encoded images, or where none
    are given of the prior N(0, 1). A range in which there is nothing to share is divided linearly.
    """
    shares = np.linspace(0, 1, steps) if steps > 1 else np.array([0.5])
    ticks = None
    if spacing == "quantile":
        ticks = _prior_quantiles(span, shares) if codes is None else _quantiles(span, shares, codes)
    if ticks is None:
        ticks = span[0] + shares * (span[1] - span[0])
    if steps > 1:
        ticks[[0, -1]] = span
    return ticks.astype(np.float32)


def data_span(mean: Floats) -> Floats:
    """Return the range of each dimension of codes (N, D) by `DATA_QUANTILES`. -> (D, 2), the second the larger."""
    span = np.quantile(in_even_steps(mean), DATA_QUANTILES, axis=0).T.astype(np.float32)
    # Dimensions that the decoder ignores hardly spread: float32 must still be able to divide their range.
    centre = span.mean(axis=1, keepdims=True)
    half = np.maximum(np.diff(span) / 2, LEAST_SPREAD * np.maximum(1, np.abs(centre)))
    return np.hstack([centre - half, centre + half])


def in_even_steps(codes: Floats) -> Floats:
    """Return codes (N, D), or of more than `MOST_CODES` about so many in even steps: they tell quantiles as well."""
    return codes[:: -(-len(codes) // MOST_CODES)] if len(codes) > MOST_CODES else codes


def _quantiles(span: Span, shares: Doubles, codes: ArrayLike) -> Doubles | None:
    codes = np.asarray(codes, np.float64)
    inside = codes[(codes >= span[0]) & (codes <= span[1])]
    return np.quantile(inside, shares) if len(inside) > 1 else None


def _prior_quantiles(span: Span, shares: Doubles) -> Doubles | None:
    low, high = span
    if low > 0:  # the upper tail is the lower one's mirror image, and there alone doubles tell small shares apart
        mirrored = _prior_quantiles((-high, -low), shares)
        return None if mirrored is None else -mirrored[::-1]
    inside = _below(high) - _below(low)
    if inside <= 0:  # so far out that nothing is left of the prior
        return None
    chances = np.clip(_below(low) + shares * inside, np.nextafter(0, 1), 1 - 2**-53)
    return np.array([NormalDist().inv_cdf(float(chance)) for chance in chances])


def _below(z: float) -> float:
    """Return the share of N(0, 1) below z: unlike 1 + erf, right in the lower tail too."""
    return math.erfc(-z / math.sqrt(2)) / 2
