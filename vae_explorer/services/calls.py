"""A request to decode, call by call, by one thread or by several side by side. No Qt and no torch here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.side_by_side import side_by_side
from vae_explorer.services.chunks import Chunk

Codes = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Call:
    """What one call to the decoder gave."""

    first: int
    """Index in the request of the first of its codes."""
    codes: Codes
    pixels: Pixels
    seconds: float
    """That it took."""
    chunk: Chunk
    """To decode next."""


@dataclass(frozen=True)
class Extent:
    """What of a request is to be decoded."""

    first: int
    """So many are decoded already."""
    awaited: int
    """No call has codes of the first of these, and others too."""
    count: int


class Calls:
    """Decodes what is left of a request. Threads take chunks one after the other, and each waits for none."""

    def __init__(
        self,
        decode: Callable[[slice], tuple[Codes, Pixels]],
        extent: Extent,
        chunk: Chunk,
        goes_on: Callable[[], bool],
        tell: Callable[[Call], None],
    ) -> None:
        """`goes_on`: whether to make another call after the first. `tell` hears of calls in their order."""
        self._decode = decode
        self._extent = extent
        self._chunk = chunk
        self._goes_on = goes_on
        self._tell = tell
        self._lock = threading.Lock()
        self._taken = self._told = extent.first
        self._failed = False
        self._early: dict[int, Call] = {}
        """Calls that were over before the one that is to be told of first."""

    def run(self, threads: int) -> int:
        """Decode until all is decoded, or it is to go on no longer. Returns how many codes are decoded by now."""
        if threads > 1 and self._extent.count - self._extent.first > self._chunk.size:
            side_by_side(self._work, threads)
        else:
            self._work()
        return self._told

    def _work(self) -> None:
        while part := self._take():
            started = time.perf_counter()
            try:
                codes, pixels = self._decode(part)
            except BaseException:
                self._failed = True
                raise
            self._note(part.start, codes, pixels, time.perf_counter() - started)

    def _take(self) -> slice | None:
        """Take the next chunk; None where there is none to take."""
        with self._lock:
            start, extent = self._taken, self._extent
            is_first = start == extent.first
            if start >= extent.count or self._failed or not (is_first or self._goes_on()):
                return None
            end = extent.awaited if start < extent.awaited else extent.count
            self._taken = min(start + self._chunk.size, end)
            return slice(start, self._taken)

    def _note(self, first: int, codes: Codes, pixels: Pixels, seconds: float) -> None:
        with self._lock:
            self._chunk = self._chunk.after(len(codes), seconds)
            self._early[first] = Call(first, codes, pixels, seconds, self._chunk)
            while call := self._early.pop(self._told, None):
                self._tell(call)
                self._told += len(call.codes)
