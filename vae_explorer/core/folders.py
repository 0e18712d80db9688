"""The folders that images lie in, as groups to colour by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vae_explorer.core.data.base import printable
from vae_explorer.core.data.names import Numbered
from vae_explorer.core.shades import Groups

_LOOKED_AT = 16_384
"""Of more names so many, in even steps, tell whether there are folders: names lie folder by folder."""


def has_folders(paths: Sequence[str]) -> bool:
    """Whether images lie in different folders."""
    if isinstance(paths, Numbered):
        return False
    some = range(0, len(paths), -(-len(paths) // _LOOKED_AT) or 1)
    return len({paths[place].rpartition("/")[0] for place in some}) > 1


def by_folder(paths: Sequence[str]) -> Groups:
    """Sort images into groups by their folder; the groups by name. Of millions it takes seconds."""
    if isinstance(paths, Numbered) and "/" not in paths.what:
        return Groups(np.zeros(len(paths), np.int64), (".",))
    numbers: dict[str, int] = {}
    met = np.empty(len(paths), np.int64)
    for place, path in enumerate(paths):
        # A PurePath for each of 100 000 would take half a second.
        met[place] = numbers.setdefault(path.rpartition("/")[0], len(numbers))
    shown = [printable(folder or ".") for folder in numbers]
    names = sorted(set(shown))
    place_of = {name: place for place, name in enumerate(names)}
    return Groups(np.array([place_of[name] for name in shown], np.int64)[met], tuple(names))
