"""What the numbers of an image array mean as brightness."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Images
from vae_explorer.core.data.stored import Array, Refused

_16_BIT = 2**16 - 1
_SURELY_16_BIT = 2**14
"""Whole numbers that reach this are of 16 bits; below it they may as well be a camera's 10, 12 or 14."""


def white_of(pieces: Iterable[Array]) -> int:
    """Return which number stands for white: 1, 255, or 65 535. Raises Refused where that isn't clear.

    Numbers within 0 and 1 are shares, whole numbers within 0 and 255 are bytes, and whole numbers well beyond are of 16
    bits. Bytes that are all 0 or 1 are black and white, as in dSprites.
    """
    highest, is_whole = 0.0, True
    for piece in pieces:
        if piece.dtype.kind not in "buif":
            raise Refused(f"it holds {piece.dtype} numbers; images are bytes (uint8) or floats within 0 and 1")
        lowest, highest = float(piece.min()), max(highest, float(piece.max()))
        _check(lowest, float(piece.max()))
        if piece.dtype == np.uint8 and highest > 1:
            return 255
        is_whole = is_whole and (piece.dtype.kind != "f" or np.array_equal(piece, np.rint(piece)))
    return _white(highest, is_whole=is_whole)


def to_bytes(piece: Array, white: int) -> Images:
    """Bring numbers within 0 and `white` to 0…255."""
    if piece.dtype == np.uint8 and white == 255:
        return piece
    floats: NDArray[np.floating[Any]] = piece.astype(np.float64 if piece.dtype == np.float64 else np.float32)
    images: Images = np.rint(floats * (255 / white)).astype(np.uint8)
    return images


def _check(lowest: float, highest: float) -> None:
    if not np.isfinite([lowest, highest]).all():
        raise Refused("it holds numbers that are not finite (NaN or infinity); images are within 0 and 1, or 0 and 255")
    if lowest < 0:
        raise Refused(
            f"its numbers begin at {lowest:g}, where images are within 0 and 1, or 0 and 255; bring them there first, "
            "as (x + 1) / 2 does from −1 to 1"
        )


def _white(highest: float, *, is_whole: bool) -> int:
    if highest <= 1:
        return 1
    if is_whole and highest <= 255:
        return 255
    if is_whole and _SURELY_16_BIT <= highest <= _16_BIT:
        return _16_BIT
    raise Refused(
        f"its numbers reach {highest:g}, and which of them is white isn't clear; divide them so that white is 1, or "
        "store whole numbers of which 255 is white"
    )
