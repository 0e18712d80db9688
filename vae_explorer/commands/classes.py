"""As which class of a conditional model codes are decoded on the command line."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from vae_explorer.commands.console import note
from vae_explorer.commands.reading import load_stored
from vae_explorer.core.classes import Labels, class_named, count_in_words, numbered
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError

ClassName = Annotated[
    str | None,
    typer.Option("--class", metavar="NAME", help="The class that a conditional model decodes.", show_default=False),
]


def class_for(classes: Sequence[str], name: str | None) -> int:
    """Return the number of the class called `name`; without a name the first, and say so. Raises UserError."""
    if not classes:
        if name is not None:
            msg = f"This model is not conditional, so there is no class “{printable(name)}” to decode."
            raise UserError(msg)
        return 0
    if name is None:
        note(
            f"Decoded as “{printable(classes[0])}”, the first of {count_in_words(len(classes))}; --class names another."
        )
        return 0
    return class_named(classes, name)


def classes_for(classes: Sequence[str], name: str | None, path: Path, count: int) -> Labels | int:
    """Return the class of each of the `count` codes in a file: the one called `name`, or else what the file says.

    Raises UserError.
    """
    stored = _stored(path, count) if classes and name is None else None
    return class_for(classes, name) if stored is None else numbered(classes, *stored)


def _stored(path: Path, count: int) -> tuple[list[str], NDArray[np.int64]] | None:
    """Read names and labels that `encode` wrote; None where there aren't any."""
    if path.is_dir():
        from vae_explorer.core.code_folder import StoredCodes

        folder = StoredCodes.open(path)
        return None if folder.labels is None else (list(folder.facts.label_names or ()), folder.labels)
    if not zipfile.is_zipfile(path):
        return None
    labels, names = load_stored(path, "labels"), load_stored(path, "label_names")
    if labels is None or names is None or not names.size:
        return None
    if not _fit(labels, names, count):
        msg = (
            f"The labels in “{printable(str(path))}” are not one for each code: encode writes `labels`, `label_names`."
        )
        raise UserError(msg)
    return names.tolist(), labels.astype(np.int64)


def _fit(labels: NDArray[Any], names: NDArray[Any], count: int) -> bool:
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or names.ndim != 1 or names.dtype.kind != "U":
        return False
    return not count or bool(labels.min() >= 0 and labels.max() < len(names))
