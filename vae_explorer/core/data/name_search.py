"""Finding images by words of their names: of millions in seconds, and none of the names is made that needn't be."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Cancelled, printable
from vae_explorer.core.data.names import Numbered, StoredNames

_AT_ONCE = 1 << 16
"""Names that are looked through between two looks at the event."""

Mask = NDArray[np.bool_]


def names_with(paths: Sequence[str], words: str, cancel: threading.Event | None = None) -> NDArray[np.int64]:
    """Return the numbers of the names that hold all of the words, whatever their case; no words find nothing.

    Raises Cancelled.
    """
    parts = words.casefold().split()
    if not parts:
        return np.zeros(0, np.int64)
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for start in range(0, len(paths), _AT_ONCE):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        found.append(start + np.flatnonzero(_hold(paths, range(start, min(start + _AT_ONCE, len(paths))), parts)))
    return np.concatenate(found)


def _hold(paths: Sequence[str], rows: range, parts: Sequence[str]) -> Mask:
    """Tell which of some names hold all parts, which have no spaces in them."""
    if isinstance(paths, Numbered):
        return np.asarray(np.logical_and.reduce([_numbers_hold(paths, rows, part) for part in parts]), bool)
    if isinstance(paths, StoredNames):
        text, ends = paths.stretch(rows.start, rows.stop)
        if text.isascii() and all(part.isascii() for part in parts):
            lowered = text.lower()
            return np.asarray(
                np.logical_and.reduce([_texts_hold(lowered, ends, part.encode()) for part in parts]), bool
            )
    names = (name if name.isascii() else printable(name) for name in paths[rows.start : rows.stop])
    return np.array([all(part in name for part in parts) for name in map(str.casefold, names)], bool)


def _numbers_hold(names: Numbered, rows: range, part: str) -> Mask:
    """Look for a part in “what 0123”: in the word that all have, or in the digits; it can't lie in both."""
    if part in names.what.casefold():
        return np.ones(len(rows), bool)
    places = range(names.digits - len(part) + 1) if part.isascii() and part.isdecimal() else range(0)
    numbers = np.arange(rows.start, rows.stop)
    holds = np.zeros(len(rows), bool)
    for behind in places:
        holds |= numbers // 10**behind % 10 ** len(part) == int(part)
    return holds


def _texts_hold(text: bytes, ends: NDArray[np.int64], part: bytes) -> Mask:
    """Look for a part in names that lie one after another; what lies in two of them counts for none."""
    starts = np.fromiter(_places(text, part), np.int64)
    which = np.searchsorted(ends, starts, side="right")
    holds = np.zeros(len(ends), bool)
    holds[which[starts + len(part) <= ends[which]]] = True
    return holds


def _places(text: bytes, part: bytes) -> Iterator[int]:
    return (match.start() for match in re.finditer(b"(?=" + re.escape(part) + b")", text))
