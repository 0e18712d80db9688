"""Decoding many files at once, in order, in bounded memory."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from vae_explorer.core.data.base import Cancelled, Images, ImageShape
from vae_explorer.core.data.decode_image import Unreadable, decode_file, quiet_pillow

_MOST_THREADS = 16
_BATCH_BYTES = 2**20
_MOST_IN_BATCH = 8

Decoded = Images | Unreadable
"""(size, size, channels) uint8, or why there is none."""


def decode_files(paths: Iterable[Path], shape: ImageShape, cancel: threading.Event) -> Generator[Decoded, None, None]:
    """Yield each file's pixels, or why it has none, in the order of `paths`. Raises Cancelled.

    Close the iterator if it isn't used up. However many files there are, only a few batches are in memory at a time.
    """
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    pending: deque[Future[list[Decoded]]] = deque()
    pool = ThreadPoolExecutor(threads, "decode")
    try:
        with quiet_pillow():
            for some in _batches(paths, _batch_size(shape)):
                pending.append(pool.submit(_decode_batch, some, shape, cancel))
                if len(pending) > 2 * threads:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(paths: Iterable[Path], size: int) -> Iterator[list[Path]]:
    """Take paths as they are needed: a million at once would take half a gigabyte."""
    remaining = iter(paths)
    while batch := list(islice(remaining, size)):
        yield batch


def _batch_size(shape: ImageShape) -> int:
    """Batches keep the cost of handing over small; large images make small batches."""
    return max(1, min(_MOST_IN_BATCH, _BATCH_BYTES // (shape.size**2 * shape.channels)))


def _decode_batch(paths: Sequence[Path], shape: ImageShape, cancel: threading.Event) -> list[Decoded]:
    decoded = []
    for path in paths:
        if cancel.is_set():
            raise Cancelled
        decoded.append(_decode(path, shape))
    return decoded


def _decode(path: Path, shape: ImageShape) -> Decoded:
    try:
        return decode_file(path, shape)
    except Unreadable as why:
        return why
