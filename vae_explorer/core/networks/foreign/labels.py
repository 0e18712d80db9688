"""How a file that is kept whole is told the class: the second of its inputs, a number or a one-hot vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.classes import Labels

LabelKind = Literal["none", "number", "one-hot"]

Given = NDArray[Any]
"""Labels as a file takes them: (N,) int64, or (N, K) float32."""

_NAMES = ("label", "class", "cond", "hot")


@dataclass(frozen=True)
class Input:
    """What a file says of one of its inputs."""

    name: str
    is_whole: bool
    """Whether it takes whole numbers."""
    sizes: Sequence[int | None]
    """The batch first; None where any will do."""

    @property
    def kind(self) -> LabelKind:
        """How it could be told a class; none where it can't be one."""
        if self.is_whole:
            return "number" if len(self.sizes) == 1 or list(self.sizes[1:]) == [1] else "none"
        return "one-hot" if len(self.sizes) == 2 else "none"


def told_apart(inputs: Sequence[Input]) -> tuple[Input, Input | None] | None:
    """Tell the code, or the image, from the class, where there is one: by whole numbers, by name, or by order.

    None where the inputs are something else.
    """
    if len(inputs) == 1:
        return inputs[0], None
    if len(inputs) != 2:
        return None
    labels = [one for one in inputs if one.is_whole] or [one for one in inputs if _is_called_so(one)] or [inputs[1]]
    if len(labels) != 1 or labels[0].kind == "none":
        return None
    return next(one for one in inputs if one is not labels[0]), labels[0]


def _is_called_so(one: Input) -> bool:
    return one.name.lower() in ("y", "c") or any(word in one.name.lower() for word in _NAMES)


def given_as(kind: LabelKind, labels: Labels, classes: int) -> Given | None:
    """Write labels (N,) as a file takes them; None for one that takes none."""
    if kind == "none":
        return None
    return labels if kind == "number" else np.eye(classes, dtype=np.float32)[labels]
