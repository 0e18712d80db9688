"""Which images are selected, and how a selection grows and shrinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.data.base import ImageSet, printable

Mode = Literal["replace", "add", "subtract"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Indices of images, ascending, each once. Compared by value; never empty and never written to."""

    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selection) and np.array_equal(self.indices, other.indices)

    def __hash__(self) -> int:
        return hash(self.indices.tobytes())

    def mask(self, count: int) -> NDArray[np.bool_]:
        """Tell for each of `count` images whether it is selected, (count,)."""
        mask = np.zeros(count, bool)
        mask[self.indices] = True
        return mask


def changes_to_select(before: Selection | None, indices: ArrayLike, mode: Mode) -> dict[str, Any]:
    """Return the changes that select these images, add them, or take them away. Nothing selected is None."""
    new = np.unique(np.asarray(indices, np.int64))
    old = np.zeros(0, np.int64) if before is None else before.indices
    if mode == "add":
        new = np.union1d(old, new)
    elif mode == "subtract":
        new = np.setdiff1d(old, new)
    return {"selection": Selection(new) if len(new) else None}


def with_label(images: ImageSet, label: int) -> NDArray[np.int64]:
    """Return the images with a label."""
    return np.zeros(0, np.int64) if images.labels is None else np.flatnonzero(images.labels == label)


def with_name(images: ImageSet, words: str) -> NDArray[np.int64]:
    """Return the images whose name holds all of the words, whatever their case; no words find nothing."""
    parts = words.casefold().split()
    if not parts:
        return np.zeros(0, np.int64)
    return np.array(
        [number for number, name in enumerate(_names(images)) if all(part in name for part in parts)], np.int64
    )


def _names(images: ImageSet) -> Sequence[str]:
    return [printable(path).casefold() for path in images.paths]
