"""Is there data near a code? A decoder answers anywhere; this says where the answer rests on images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MAX_CODES = 4096
"""Of more codes, this many are drawn at random (seeded) to measure against."""

MAX_NUMBERS = 4_000_000
"""In the codes that are measured against: where codes have thousands of numbers, fewer codes."""

AT_ONCE = 32
"""Points whose distances are computed together: more of them leave the processor's cache."""

CODES_AT_ONCE = 1 << 18
"""Codes whose distances to one point are computed together: of very many the whole would take a lot of memory."""

NEIGHBOUR = 3
"""Distances are to the third nearest code, so that one outlier is not yet support."""


class Support:
    """How well images support points of the latent space. Immutable once made; any thread may ask."""

    def __init__(self, codes: Floats) -> None:
        """`codes` is (N, D), N ≥ 1."""
        generator = np.random.default_rng(0)
        most = max(min(MAX_CODES, MAX_NUMBERS // codes.shape[1]), NEIGHBOUR + 1)
        if len(codes) > most:
            codes = codes[generator.choice(len(codes), most, replace=False)]
        # Distances are computed from squares, which lose less the nearer the codes lie to the origin.
        self._centre = codes.mean(axis=0)
        self._codes = codes = codes - self._centre
        probes = codes[generator.choice(len(codes), min(len(codes), 512), replace=False)]
        # A code is its own nearest neighbour, so one more is asked for.
        self._reach = max(float(np.quantile(_distance_to(probes, codes, NEIGHBOUR + 1), 0.95)), 1e-6)

    @property
    def dims(self) -> int:
        """Number of latent dimensions, D."""
        return int(self._codes.shape[1])

    @property
    def reach(self) -> float:
        """Distance within which 95 % of the images have their third neighbour, in latent units."""
        return self._reach

    def at(self, codes: Floats) -> Floats:
        """Support in [0, 1] of points (M, D) -> (M,): 1 within `reach` of data, falling to 0 at twice that."""
        distance = _distance_to(np.asarray(codes, np.float32) - self._centre, self._codes, NEIGHBOUR)
        return np.asarray(np.clip(2 - distance / self._reach, 0, 1), np.float32)


def nearest(codes: Floats, point: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Find the `count` codes of (N, D) nearest to a point (D,): their indices and distances, nearest first."""
    count = min(count, len(codes))
    found, squared = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for start in range(0, len(codes), CODES_AT_ONCE):
        offset = codes[start : start + CODES_AT_ONCE] - point
        here = np.einsum("ij,ij->i", offset, offset)
        best = _smallest(here, count)
        found, squared = np.concatenate([found, start + best]), np.concatenate([squared, here[best]])
        kept = _smallest(squared, count)
        found, squared = found[kept], squared[kept]
    order = np.lexsort((found, squared))
    return found[order], np.sqrt(squared[order])


def _smallest(values: Floats, count: int) -> NDArray[np.int64]:
    """Return where the `count` smallest of (N,) are, in no order; where there are no more, all of them."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(values, count - 1)[:count]


def _distance_to(points: Floats, codes: Floats, neighbour: int) -> Floats:
    """Distance of each point (M, D) to its `neighbour`-th nearest code (1: the nearest) of (N, D). -> (M,)."""
    neighbour = min(neighbour, len(codes))
    squared = np.empty(len(points), np.float32)
    norms = np.einsum("ij,ij->i", codes, codes)
    doubled = -2 * codes.T
    for first in range(0, len(points), AT_ONCE):
        some = points[first : first + AT_ONCE]
        table = some @ doubled
        table += norms
        table.partition(neighbour - 1, axis=1)
        squared[first : first + AT_ONCE] = table[:, neighbour - 1] + np.einsum("ij,ij->i", some, some)
    return np.sqrt(np.maximum(squared, 0))
