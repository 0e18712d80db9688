"""A screen for the module, and programs on it that end with the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import Program
from tests.end_to_end.screen import Screen, missing, virtual_screen

Start = Callable[..., Program]


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """Return an X server without a screen. Where none can be had the tests are skipped, but not where CI is set."""
    if missing():
        tell = pytest.fail if os.environ.get("CI") else pytest.skip
        tell(f"THE REAL WINDOW IS NOT TESTED: {' and '.join(missing())} can't be found; install xvfb and xdotool")
    with virtual_screen() as screen:
        yield screen


@pytest.fixture
def start(screen: Screen, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts the program with arguments; all of a test share data and cache."""
    programs: list[Program] = []

    def started(*arguments: str) -> Program:
        programs.append(Program(screen, tmp_path, *arguments))
        return programs[-1]

    yield started
    for program in programs:
        program.end()
