"""Which images are selected, and how a selection grows and shrinks."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.data.name_search import names_with

AT_ONCE: Final = 60_000
"""Among no more images a selection is found at once: it takes less than a frame."""

_FEW: Final = 1 << 14
"""So many indices are sorted sooner than a mask of all images is read."""

Mode = Literal["replace", "add", "subtract"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Indices of images, ascending, each once. Compared by value; never empty and never written to."""

    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Selection) and len(self) == len(other) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> bytes:
        """Tells the indices from others. Of millions it takes longer than a frame, once."""
        return hashlib.blake2b(np.ascontiguousarray(self.indices).data, digest_size=16).digest()

    def mask(self, count: int) -> NDArray[np.bool_]:
        """Tell for each of `count` images whether it is selected, (count,)."""
        mask = np.zeros(count, bool)
        mask[self.indices] = True
        return mask


def changes_to_select(before: Selection | None, indices: ArrayLike, mode: Mode) -> dict[str, Any]:
    """Return the changes that select these images, add them, or take them away. Nothing selected is None."""
    new = np.asarray(indices, np.int64)
    old = np.zeros(0, np.int64) if before is None or mode == "replace" else before.indices
    chosen = _of_few(old, new, mode) if len(old) + len(new) < _FEW else _of_many(old, new, mode)
    if not len(chosen):
        return {"selection": None}
    selection = Selection(chosen)
    _ = selection.digest  # computed here, which of many images is a thread
    return {"selection": selection}


def _of_few(old: NDArray[np.int64], new: NDArray[np.int64], mode: Mode) -> NDArray[np.int64]:
    return np.setdiff1d(old, new) if mode == "subtract" else np.union1d(old, new)


def _of_many(old: NDArray[np.int64], new: NDArray[np.int64], mode: Mode) -> NDArray[np.int64]:
    """Do the same by a mask: to sort ten million takes a hundred times as long."""
    mask = np.zeros(1 + max(int(some.max()) for some in (old, new) if len(some)), bool)
    mask[old] = True
    mask[new] = mode != "subtract"
    return np.flatnonzero(mask)


def with_label(images: ImageSet, label: int) -> NDArray[np.int64]:
    """Return the images with a label."""
    return np.zeros(0, np.int64) if images.labels is None else np.flatnonzero(images.labels == label)


def others(selection: Selection | None, count: int) -> NDArray[np.int64]:
    """Return those of `count` images that aren't selected."""
    return np.arange(count) if selection is None else np.flatnonzero(~selection.mask(count))


def with_name(images: ImageSet, words: str, cancel: threading.Event | None = None) -> NDArray[np.int64]:
    """Return the images whose name holds all of the words, whatever their case; no words find nothing.

    Raises Cancelled.
    """
    return names_with(images.paths, words, cancel)
