"""What images are coloured by: a number of each, on a scale of so many steps, or the group that each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS: Final = 64
"""Of a scale: more than an eye tells apart."""

UNKNOWN: Final = STEPS
"""Stands for the step of an image whose number isn't known."""

TAIL: Final = 0.01
"""This share of the images may lie beyond either end of the scale: a few outliers must not make all others alike."""


@dataclass(frozen=True, eq=False)
class Shades:
    """A number of each image on a scale. Nobody writes to the arrays."""

    values: NDArray[np.float64]
    """(N,)."""
    steps: NDArray[np.int64]
    """(N,) from 0 to STEPS − 1; `UNKNOWN` where there is no finite number."""
    low: float
    high: float
    """Where the scale begins and ends; equal where all numbers are."""
    least: float
    most: float
    """Of all finite numbers; NaN where there are none, as are `low` and `high`."""
    beyond: int = 0
    """How many images lie beyond an end of the scale, and take its colour."""
    unknown: int = 0
    """How many images have no finite number."""

    @classmethod
    def of(cls, values: ArrayLike) -> Shades:
        """Lay a scale over numbers, (N,), from their 1 % to their 99 % quantile."""
        values = np.asarray(values, np.float64)
        is_known = np.isfinite(values)
        known = values[is_known]
        if not len(known):
            return cls.nothing(len(values))
        least, most = float(known.min()), float(known.max())
        low, high = (float(end) for end in np.quantile(known, [TAIL, 1 - TAIL]))
        if not low < high:  # nearly all are equal
            low, high = least, most
        steps = np.full(len(values), UNKNOWN, np.int64)
        # Halved first: the width of a scale between the largest numbers there are would be infinite.
        shares = (known / 2 - low / 2) / (high / 2 - low / 2) if low < high else np.zeros(len(known))
        steps[is_known] = np.clip(STEPS * shares, 0, STEPS - 1)
        beyond = int(np.count_nonzero((known < low) | (known > high)))
        return cls(values, steps, low, high, least, most, beyond, len(values) - len(known))

    @classmethod
    def nothing(cls, count: int) -> Shades:
        """Return the scale of `count` images of which no number is known."""
        nan = float("nan")
        return cls(np.full(count, nan), np.full(count, UNKNOWN, np.int64), nan, nan, nan, nan, unknown=count)


@dataclass(frozen=True, eq=False)
class Groups:
    """The group that each image belongs to. Nobody writes to the array."""

    numbers: NDArray[np.int64]
    """(N,) index into `names`."""
    names: tuple[str, ...]
    unknown: int | None = None
    """The number of the group of images of which nothing is known, if there are any."""
