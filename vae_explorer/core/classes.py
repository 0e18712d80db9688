"""The classes that a conditional model tells apart: the labels of its images. No torch here, since the window asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import MOST_CLASSES
from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.core.errors import UserError

Labels = NDArray[np.int64]
"""(N,) for each image the number of its class."""

_ALL = slice(None)


def labels_for(classes: Sequence[str], images: ImageSet, chosen: NDArray[np.int64] | slice = _ALL) -> Labels | None:
    """Number the labels of the `chosen` images as a model of `classes` does; None for a model that is not conditional.

    Raises UserError where images have no labels, or one that the model doesn't know.
    """
    if not classes:
        return None
    if images.labels is None:
        msg = f"“{images.title}” has no labels, which this conditional model needs."
        raise UserError(msg)
    return numbered(classes, images.label_names, images.labels[chosen])


def numbered(classes: Sequence[str], names: Sequence[str], labels: NDArray[np.int64]) -> Labels:
    """Number `labels` (N,), which are indices into `names`, as a model of `classes` does. Raises UserError."""
    numbers = {name: number for number, name in enumerate(classes)}
    unknown = [name for name in names if name not in numbers]
    if unknown:
        msg = f"The model knows the labels {_listed(classes)}, but not “{printable(unknown[0])}”."
        raise UserError(msg)
    return np.array([numbers[name] for name in names], np.int64)[labels]


def class_named(classes: Sequence[str], name: str) -> int:
    """Return the number of a class. Raises UserError where the model doesn't know it."""
    return int(numbered(classes, (name,), np.zeros(1, np.int64))[0])


def takes_labels(classes: Sequence[str], images: ImageSet) -> bool:
    """Whether a model of `classes` knows the labels of these images; one that is not conditional needs none."""
    return not classes or (images.labels is not None and set(images.label_names) <= set(classes))


def check_labelled(title: str, images: ImageSet) -> None:
    """Raise UserError where the labels of these images can't be the classes that the objective `title` needs."""
    if images.labels is None:
        msg = (
            f"“{title}” needs labels, and “{images.title}” has none: put the images of each class into a subfolder "
            "of its own, or labels beside the images of an npz or HDF5 file."
        )
        raise UserError(msg)
    if len(images.label_names) > MOST_CLASSES:
        msg = f"“{images.title}” has {len(images.label_names)} labels, but a model tells at most {MOST_CLASSES} apart."
        raise UserError(msg)


def count_in_words(count: int) -> str:
    """Write a number of classes: “10 classes”."""
    return f"{count} class" if count == 1 else f"{count} classes"


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(map(printable, names[:most])) + (" …" if len(names) > most else "")
