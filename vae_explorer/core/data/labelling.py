"""What is known of stored images besides their pixels: labels as classes, and factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Factor, Factors
from vae_explorer.core.data.stored import Array, Refused

_MOST_STEPS = 64
_OFTEN = 10
"""Floats are a grid's steps where there are few of them, and each stands for many images."""


def to_classes(labels: Array | None, count: int) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Number the labels, (N,) or (N, 1) of whole numbers or words. Raises Refused where they are none of these."""
    if labels is None:
        return None, ()
    if labels.shape not in {(count,), (count, 1)}:
        raise Refused(f"its labels have the shape {_in_words(labels)}, which is not one for each of {count} images")
    labels = _words(labels.reshape(count))
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels)):
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biuU":
        raise Refused("its labels are neither whole numbers nor words")
    names, classes = np.unique(labels, return_inverse=True)
    return classes.astype(np.int64), tuple(map(str, names))


def to_factors(values: Array | None, names: Array | None, count: int) -> Factors | None:
    """Describe factors, (N, K) or (N,), by their names, (K,). Raises Refused where they don't fit each other.

    Whole numbers, and floats of a few steps, become categories; a factor that is the same everywhere is left out.
    """
    if values is None:
        return None
    if values.ndim not in {1, 2} or len(values) != count:
        raise Refused(f"its factors have the shape {_in_words(values)}, which is not a row for each of {count} images")
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise Refused("its factors are not all finite numbers")
    columns = values.reshape(count, -1).T
    known = [_factor(name, column) for name, column in zip(_names(names, len(columns)), columns, strict=True)]
    kept = [(factor, column) for factor, column in known if len(column) > 0 and column.min() < column.max()]
    if not kept:
        return None
    return Factors(tuple(factor for factor, _ in kept), np.stack([column for _, column in kept], axis=1))


def _names(names: Array | None, count: int) -> list[str]:
    if names is None:
        return [f"factor {number}" for number in range(1, count + 1)]
    named = _words(names.ravel())
    if named.dtype.kind != "U":
        raise Refused("the names of its factors are no words")
    if len(named) != count:
        raise Refused(f"it names {len(named)} factors but holds {count}")
    return list(map(str, named))


def _factor(name: str, column: Array) -> tuple[Factor, NDArray[np.float64]]:
    steps, places = np.unique(column, return_inverse=True)
    if column.dtype.kind == "f" and not (len(steps) <= _MOST_STEPS and len(steps) * _OFTEN <= len(column)):
        return Factor(name), column.astype(np.float64)
    return Factor(name, len(steps)), places.astype(np.float64)


def _words(array: Array) -> Array:
    """Decode bytes, as HDF5 has them."""
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array


def _in_words(array: Array) -> str:
    return "×".join(map(str, array.shape)) or "of a single number"
