"""Running the program: a command line in this process, or code in a fresh one where some modules can't be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

QT = ("PySide6", "shiboken6", "pyqtgraph")

_BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if any(name == word or name.startswith(word + ".") for word in {blocked!r}):
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Block())
"""


class Said(NamedTuple):
    """What a command line did."""

    status: int
    out: str
    err: str

    def error(self, status: int = 2) -> str:
        """Return the error, holding its contract: the status, nothing on standard output, one line."""
        assert self.status == status, self.err
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Run = Callable[..., Said]
"""Takes the words of a command line."""


def fresh_python(code: str, *arguments: str, without: tuple[str, ...] = ()) -> Said:
    """Run code in a Python of its own, where the modules of `without` can't be imported."""
    finished = subprocess.run(
        [sys.executable, "-c", _BLOCK.format(blocked=without) + code, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    return Said(finished.returncode, finished.stdout, finished.stderr)
