"""Planes that lie askew in the latent space: two directions, and where their coordinates are measured from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.plane import LatentPlane

Doubles = NDArray[np.float64]
Coordinates = tuple[float, ...]

MOST_CODES: Final = 16_384
"""Of more codes, so many in even steps give the principal components."""

MOST_NUMBERS: Final = 20_000_000
"""In the codes that are looked at: of codes of thousands of numbers fewer suffice."""

FEW_DIMS: Final = 512
"""Up to so many dimensions all principal components are found at once."""

_PARALLEL: Final = 1e-6
"""Three points whose second direction is shorter than this share of the first lie on a line."""


@dataclass(frozen=True)
class Directions:
    """Two directions of the latent space, of length 1 and at right angles. A value: equal where its numbers are."""

    reference: Coordinates
    """(D,) the point whose plane coordinates are (0, 0)."""
    u: Coordinates
    v: Coordinates
    names: tuple[str, str]
    """Of the two axes."""

    def plane_through(self, point: ArrayLike) -> LatentPlane:
        """Return the plane along both directions that holds `point`, (D,), measured from the reference's foot on it."""
        reference, u, v = self._arrays
        offset = np.asarray(point, np.float64) - reference
        beside = offset - (offset @ u) * u - (offset @ v) * v
        return self._at_reference.through((reference + beside).astype(np.float32))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _arrays(self) -> tuple[Doubles, Doubles, Doubles]:
        return np.array(self.reference), np.array(self.u), np.array(self.v)

    @cached_property
    def _at_reference(self) -> LatentPlane:
        return LatentPlane(*(one.astype(np.float32) for one in self._arrays))

    @cached_property
    def _hash(self) -> int:  # of thousands of numbers, and asked for with every move
        return hash((self.reference, self.u, self.v, self.names))


def principal_directions(codes: ArrayLike) -> Directions:
    """Return the two directions along which codes (N, D) vary most, measured from their mean.

    Each is turned so that its largest coordinate is positive: the signs of principal components are arbitrary. Raises
    UserError for fewer than two dimensions or two codes.
    """
    codes = np.asarray(codes, np.float64)
    if codes.shape[1] < 2 or len(codes) < 2:
        msg = "Principal components need at least two latent dimensions and two images."
        raise UserError(msg)
    most = max(MOST_NUMBERS // codes.shape[1], 2)
    codes = codes[:: -(-len(codes) // min(MOST_CODES, most))]
    mean = codes.mean(axis=0)
    variances, axes = _principal(codes - mean)
    shares = variances / max(float((codes - mean).var(axis=0).sum()), 1e-30)
    first, second = (_turned(axes[:, 0]), shares[0]), (_turned(axes[:, 1]), shares[1])
    names = tuple(f"PC {number} ({100 * share:.0f} %)" for number, (_, share) in enumerate((first, second), 1))
    return Directions(_tuple(mean), _tuple(first[0]), _tuple(second[0]), (names[0], names[1]))


def _principal(offsets: Doubles) -> tuple[Doubles, Doubles]:
    """Return the two largest variances of offsets (N, D) from their mean, and their axes, (D, 2)."""
    if offsets.shape[1] <= FEW_DIMS:
        variances, axes = np.linalg.eigh(offsets.T @ offsets / len(offsets))
        return variances[:-3:-1], axes[:, :-3:-1]
    from scipy.sparse.linalg import svds

    # A matrix of thousands by thousands isn't made for two of its axes; `v0` makes them the same each time.
    count = min(2, len(offsets) - 1)
    _, lengths, axes = svds(offsets, k=count, v0=np.ones(min(offsets.shape)))
    return _two(lengths**2 / len(offsets)), _two(axes).T if count == 2 else _with_another(axes[0])


def _two(ascending: Doubles) -> Doubles:
    """Put the largest first; of a single one, nothing second."""
    return ascending[::-1] if len(ascending) > 1 else np.append(ascending, np.zeros_like(ascending), axis=0)


def _with_another(axis: Doubles) -> Doubles:
    """Return an axis, and any other at right angles: two codes vary along one line alone."""
    other = np.zeros_like(axis)
    other[np.abs(axis).argmin()] = 1
    other -= (other @ axis) * axis
    return np.stack([axis, other / np.linalg.norm(other)], axis=1)


def directions_through(points: ArrayLike, names: tuple[str, str, str]) -> Directions:
    """Return the directions of the plane through three points, (3, D), the first of them its reference.

    The x axis goes from the first to the second. Raises UserError where the points lie on a line.
    """
    first, second, third = np.asarray(points, np.float64)
    u, w = second - first, third - first
    length = float(np.linalg.norm(u))
    v = w - (w @ u) / max(length**2, 1e-30) * u
    height = float(np.linalg.norm(v))
    if not length or height <= _PARALLEL * max(length, float(np.linalg.norm(w))):
        msg = f"{names[0]}, {names[1]} and {names[2]} lie on a line, so there is no one plane through them."
        raise UserError(msg)
    return Directions(
        _tuple(first), _tuple(u / length), _tuple(v / height), (f"{names[0]} → {names[1]}", f"towards {names[2]}")
    )


def _turned(axis: Doubles) -> Doubles:
    return np.asarray(axis if axis[np.abs(axis).argmax()] > 0 else -axis, np.float64)


def _tuple(point: Doubles) -> Coordinates:
    return tuple(point.tolist())
