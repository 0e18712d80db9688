"""How the threads of one arithmetic operation wait for each other. Importing this needs no torch."""

from __future__ import annotations

import os
import platform
import sys

SPINS = "1000"
"""Turns that a thread spins before it sleeps, some microseconds."""

MACHINES_WITH_MKL = {"x86_64", "amd64"}
"""There torch brings its own linear algebra. Elsewhere it may use OpenBLAS as numpy does."""


def let_threads_sleep() -> None:
    """Let threads that wait give the processor away. Call before torch and numpy are imported.

    By default they spin for milliseconds, so whoever else wants a core (the window, a decode, another program) stops
    all of them: with two busy cores training becomes ten times as slow. What is set in the environment stays.
    """
    if sys.platform == "linux" and not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
        # GNU's OpenMP spins a tenth of the turns once other threads than training's have computed anything, unless the
        # policy is “active”: too few, since then its threads fall asleep between any two operations.
        os.environ |= {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": SPINS}
    if platform.machine().lower() in MACHINES_WITH_MKL:
        # numpy's own threads spin as well, and nothing here needs them: what takes time is torch's.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
