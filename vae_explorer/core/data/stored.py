"""What a file of arrays holds, before it is known to be of use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

IMAGE_NAMES = ("images", "x", "imgs", "data")
LABEL_NAMES = ("labels", "y", "label")
FACTOR_NAMES = ("factors", "latents_classes", "latents/classes", "latents_values", "latents/values")
"""`latents…` as in dSprites' .npz and .hdf5: google-deepmind/dsprites-dataset."""

NAMES_OF_FACTORS = ("factor_names",)

DSPRITES_FACTORS = np.array(["colour", "shape", "scale", "orientation", "x", "y"])
"""What the columns of `latents…` are."""

Array = NDArray[Any]


class Rows(Protocol):
    """An array of which parts can be read: numpy's, or one that stays in its file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As numpy's."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """As numpy's."""
        ...

    def __getitem__(self, rows: slice, /) -> Array:
        """Read rows. Raises Refused where the file is damaged."""
        ...


@dataclass(frozen=True, eq=False)
class StoredArrays:
    """What a file holds: images as they are stored, and what else is known of them."""

    images: Rows
    labels: Array | None = None
    factors: Array | None = None
    factor_names: Array | None = None
    taken: str = ""
    """What the images are called in the file."""
    others: tuple[str, ...] = ()
    """What may be images too, where nobody has said which to take."""


class Refused(Exception):  # noqa: N818  # turned into a UserError that names the file
    """An array can't be used; the message says why, continuing “… can't be read: ”."""


def first_named(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """Return the first of the `wanted`, in lower case, that is among `names` in any case."""
    lowered = {name.lower(): name for name in names}
    return next((lowered[name] for name in wanted if name in lowered), None)


def assemble(images: Rows, read: Callable[[tuple[str, ...]], tuple[str, Array | None]]) -> StoredArrays:
    """Put together what a file holds; `read` reads the first of some names that is there, and says which it was."""
    _, labels = read(LABEL_NAMES)
    key, factors = read(FACTOR_NAMES)
    _, names = read(NAMES_OF_FACTORS)
    if names is None and key.startswith("latents") and factors is not None and factors.shape[1:] == (6,):
        names = DSPRITES_FACTORS
    return StoredArrays(images, labels, factors, names)


def is_image_like(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Whether an array may be one of images, judged by its shape and type."""
    return len(shape) in {3, 4} and not dtype.hasobject
