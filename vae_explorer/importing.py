"""Importing much at once, without what makes it slow. This imports nothing that takes time itself."""

from __future__ import annotations

import builtins
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage while modules are imported, and never through what they hold: it stays until the end.

    With torch's a collection takes a tenth of a second, and it comes whenever it likes: while a person drags something.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def import_kept() -> Iterator[None]:
    """Keep Python's own `__import__`, whatever is imported meanwhile.

    PySide puts one of its own there, which reads the source of every module that is imported after it, to see whether
    it wants PySide's other names for things (`from __feature__ import snake_case`). Nobody here does, and torch has two
    thousand modules.
    """
    own = builtins.__import__
    try:
        yield
    finally:
        builtins.__import__ = own
