"""How many codes to decode in one call."""

from __future__ import annotations

import math
from dataclasses import dataclass

FIRST = 8
"""Codes in a call before any has been timed."""

GROWTH = 8
"""A chunk is at most this much larger than the one before, so that one lucky timing doesn't make the probe wait."""

CALL_S = 0.006
"""How long one call to the decoder may take, about: a probe that moves meanwhile waits no longer than this."""


@dataclass(frozen=True)
class Chunk:
    """So many codes go into the next call: a power of two, since kernels are compiled for each size."""

    size: int = FIRST
    code_s: float = math.inf
    """Seconds that each code of the last call took."""

    def after(self, decoded: int, seconds: float) -> Chunk:
        """Return the next chunk, after a call with `decoded` codes, of this chunk or what was left, took so long.

        The faster of the last two calls counts: one in which the window was painted tells nothing of the decoder. Of a
        smaller call each code took longer than it would among many, so that it gives no reason to decode fewer.
        """
        code_s = seconds / decoded
        fitting = min(CALL_S / min(code_s, self.code_s), GROWTH * decoded)
        size = 1 << max(0, round(math.log2(fitting)))
        return Chunk(size if decoded == self.size else max(self.size, size), code_s)
