"""How the threads of one arithmetic operation wait for each other. Importing this needs no torch."""

from __future__ import annotations

import os

SPINS = "1000"
"""Turns that a thread spins before it sleeps, some microseconds."""


def let_threads_sleep() -> None:
    """Let OpenMP's threads give the processor away when they wait. Call before torch is imported.

    By default they spin for milliseconds, so whoever else wants a core (the window, a decode, another program) stops
    all of them: with two busy cores training becomes ten times as slow. What is set in the environment stays.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
