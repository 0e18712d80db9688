"""Conditional models in files that are kept whole: their inputs, how many classes there are, and their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vae_explorer.core.classes import Labels, count_in_words
from vae_explorer.core.config import MOST_CLASSES, PosteriorKind, RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import UnclearError
from vae_explorer.core.importers.building import OBJECTIVES
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.networks.foreign.labels import Input, told_apart
from vae_explorer.core.networks.foreign.opaque import Half


def inputs_of(half: Half, inputs: Sequence[Input]) -> tuple[Input, Input | None]:
    """Tell what a half takes: a code or an image, and maybe a class. Raises UserError."""
    apart = told_apart(inputs)
    if apart is None:
        what = "an image" if half == "encoder" else "a code"
        names = ", ".join(printable(one.name) for one in inputs)
        msg = (
            f"The {half} takes {len(inputs)} inputs ({names}) where one or two are needed: {what}, and a class as a "
            "whole number or as one-hot."
        )
        raise UserError(msg)
    return apart


def named_classes(settings: str) -> tuple[str, ...]:
    """Return the classes that the settings name which this program's exports hold; none where they are none of ours."""
    try:
        return RunConfig.from_json(settings).model.classes if settings else ()
    except UserError:
        return ()


def classes_of(labels: Sequence[tuple[Half, Input]], named: Sequence[str], wishes: Wishes) -> tuple[str, ...]:
    """Name the classes that halves are told: as their files do, or by numbers. Raises UserError, UnclearError."""
    if not labels:
        return ()
    half, first = labels[0]
    known = {one.sizes[1] or 0 for _, one in labels if one.kind == "one-hot"} | {wishes.classes or 0}
    counts = sorted(known - {0})
    if len(counts) > 1:
        msg = f"How many classes there are is told differently: {' and '.join(map(str, counts))}."
        raise UserError(msg)
    count = counts[0] if counts else len(named)
    if not count:
        msg = f"The {half} takes a class (“{printable(first.name)}”), and nothing tells of how many; give --classes."
        raise UnclearError(msg, "classes")
    if count > MOST_CLASSES:
        msg = f"The {half} tells {count} classes apart; a model tells at most {MOST_CLASSES} here."
        raise UserError(msg)
    return tuple(named) if len(named) == count else tuple(map(str, range(count)))


def notes_on(classes: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    """Say that a model is taken for a conditional one."""
    if not classes:
        return ()
    called = "" if tuple(named) == tuple(classes) else ", which are numbered, since nothing names them"
    return (f"Conditional on {count_in_words(len(classes))}{called}.",)


def objective_for(posterior: PosteriorKind, classes: Sequence[str]) -> str:
    """Choose what stands for the objective, where the files don't name one."""
    return "cvae" if classes and posterior == "log_var" else OBJECTIVES[posterior]


def some_labels(count: int, classes: int) -> Labels:
    """Return classes to try a model out with, (count,): the last first, since a file may know fewer than it is told."""
    return (-1 - np.arange(count)) % max(1, classes)
