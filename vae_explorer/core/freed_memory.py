"""What becomes of memory that is freed. Importing this needs no torch."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

KEPT = 512 * 2**20
"""Bytes at the end of the heap that stay with the process; what is free beyond goes back to the system."""

LARGEST_KEPT = 32 * 2**20
"""Bytes of one piece, the most that glibc allows: larger ones always go back."""

KERNELS = "128"
"""That oneDNN keeps: each is compiled for one shape of batch."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h


def keep_freed_memory() -> None:
    """Let freed memory stay with the process. Call before there are threads. Does nothing without GNU's C library.

    A step of training frees tens of megabytes and asks for as many again. By default they go back to the system, which
    clears every page before it hands them out again: up to a third of the time of training. All threads share one heap,
    since each thread's own would still give back.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library, such as Alpine's
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_MMAP_THRESHOLD, LARGEST_KEPT)
            mallopt(_TRIM_THRESHOLD, KEPT)
            mallopt(_ARENA_MAX, 1)


def keep_few_kernels() -> None:
    """Let oneDNN keep few of the kernels that it compiles. Call before torch is imported.

    By default it keeps a thousand, and a map's pieces come in as many sizes: 140 MB that nobody needs again. What is
    set in the environment stays.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS)
