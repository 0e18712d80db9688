"""Which latent dimensions a person turns one by one: all, unless there are thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST_SINGLE: Final = 64
"""Up to so many dimensions each has its knob, and stands in every list."""

LEADING: Final = 32
"""Of more dimensions, so many are offered: those that tell most of an image. The others lie in planes, pins, paths."""


def offered_dims(dims: int, leading: Sequence[int] = (), plane_dims: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the dimensions to offer, in ascending order; `leading` are all by what they tell, where that is known.

    Those of the plane are always among them.
    """
    if dims <= MOST_SINGLE:
        return tuple(range(dims))
    return tuple(sorted({*(leading[:LEADING] or range(LEADING)), *plane_dims}))
