"""The prior N(0, I): what is drawn from it, and how that compares with where the codes of images lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.latent.support import Support

Floats = NDArray[np.float32]

WITHIN = 0.99
"""Of what is drawn from the prior, the share that its reach holds."""


@dataclass(frozen=True)
class Coverage:
    """How codes drawn from the prior and the codes of images meet."""

    drawn: int
    """Codes that were drawn."""
    far: int
    """Those of them near which no image's code lies: their support is 0."""
    reached: float
    """Share of the images' codes within the prior's reach, in [0, 1]."""


def draw_codes(count: int, dims: int, seed: int) -> Floats:
    """Draw codes from N(0, I). -> (count, dims), always the same for the same seed."""
    return np.random.default_rng(seed).standard_normal((count, dims), np.float32)


def prior_reach(dims: int) -> float:
    """Return the distance from the origin within which a share `WITHIN` of N(0, I) in `dims` dimensions lies.

    The squared distance is χ²-distributed.
    """
    from scipy.special import gammaincinv  # half a second that the window's start doesn't wait for

    return math.sqrt(2 * float(gammaincinv(dims / 2, WITHIN)))


def cover(mean: Floats, drawn: Floats) -> Coverage:
    """Compare codes drawn from the prior (n, D) with those of images (N, D), N ≥ 1."""
    reached = np.linalg.norm(mean, axis=1) <= prior_reach(mean.shape[1])
    far = Support(mean).at(drawn) == 0
    return Coverage(len(drawn), int(far.sum()), float(reached.mean()))
