"""Contenders that work in turns, each in a process of its own that sleeps meanwhile. Importing this needs no torch."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Self

from vae_explorer.core.waiting import let_threads_sleep


class Turns:
    """In a contender's process: counts what it does, and lets it go on only while it is its turn."""

    def __init__(self) -> None:
        self._done = 0
        self._seconds = 0.0
        self._started = 0.0
        self._begin()

    def did(self, count: int) -> None:
        """Note that so much was done. Ends the process where no other turn comes."""
        self._done += count
        elapsed = time.perf_counter() - self._started
        if elapsed >= self._seconds:
            print(self._done / elapsed, flush=True)
            self._begin()

    def _begin(self) -> None:
        line = sys.stdin.readline()
        if not line:
            # Nothing is to be cleaned up: at once, from within whichever library called.
            os._exit(0)
        self._seconds, self._done = float(line), 0
        self._started = time.perf_counter()


class Contender:
    """In the parent's process: a script started with `words`, which hands a `Turns` what it does."""

    def __init__(self, script: str, *words: str) -> None:
        let_threads_sleep()  # or the threads of all would spin, and whatever else the machine does would stop them
        self._process = subprocess.Popen(
            [sys.executable, script, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reasons: object) -> None:
        self._process.communicate()

    def take_turn(self, seconds: float) -> float:
        """Let it work for so long. Returns how much it did in a second. Raises RuntimeError where it has ended."""
        if self._process.stdin is None or self._process.stdout is None:
            msg = "the contender has no pipes"
            raise RuntimeError(msg)
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            msg = f"a contender ended with status {self._process.wait()}"
            raise RuntimeError(msg)
        return float(line)
