"""Computes what points are coloured by, on threads: the newest question wins. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.base import Factors, ImageSet
from vae_explorer.core.folders import by_folder, has_folders
from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.core.latent.ranking import kl_per_image
from vae_explorer.core.shades import Groups, Shades
from vae_explorer.core.table import Table
from vae_explorer.services.colours import BY_LABEL, DECODED, ColourBy, ColourKind, is_plain
from vae_explorer.services.misfit import Judging, MisfitService, Question
from vae_explorer.services.state import AppState, Embedding, Shading, Store, same_plane
from vae_explorer.services.task import Job, NewestWins, TaskThread

MOST_CHOICES: Final = 5
"""A factor of so many values is taken for a choice, of a shape say; of more for the steps of a grid, in order."""


REST_MS: Final = 30
"""Nobody sees the distance from a plane that is being moved change faster, and all points are drawn anew each time."""


def offered(state: AppState) -> tuple[ColourBy, ...]:
    """Return what the points can be coloured by, as model, images, table and plane are now."""
    model, images = state.model, images_of(state)
    choices = [by for by in (BY_LABEL, ColourBy("folder")) if images is None or _has(images, by.kind)]
    choices.append(ColourBy("none"))
    if images is not None and images.factors is not None:
        choices += [ColourBy("factor", factor.name) for factor in images.factors.factors]
    if state.table is not None:
        choices += [ColourBy("column", name) for name in state.table.columns]
    if model is not None:
        choices += [ColourBy("kl")] if model.config.model.posterior != "none" else []
        choices += [ColourBy("squared_error"), ColourBy("nll")]
    if len(state.probe) > 2 and state.projection is None:
        choices.append(ColourBy("distance"))
    if state.directions is not None:
        choices += [ColourBy("direction", axis=axis, directions=state.directions) for axis in (0, 1)]
    return (*choices, *(ColourBy("dim", axis=dim) for dim in state.offered_dims))


def images_of(state: AppState) -> ImageSet | None:
    """Return the images that the points are of."""
    return state.embedding.images if state.embedding is not None else state.images


@lru_cache(maxsize=2)
def _has(images: ImageSet, kind: ColourKind) -> bool:
    """Whether images have labels, or folders. Kept: a training has other codes of them five times a second."""
    return images.labels is not None if kind == "label" else has_folders(images.paths)


def can_colour(state: AppState, by: ColourBy) -> bool:
    """Whether the points can be coloured by this: by directions, or the distance, also while there is another plane."""
    if by.directions is not None:
        return len(by.directions.u) == len(state.probe)
    return by in offered(replace(state, projection=None))


def changes_to_fit(state: AppState, embedding: Embedding) -> dict[str, Any]:
    """Return the changes that let go of a table of other images than these, and of colours that these don't have."""
    table = state.table if state.table is not None and state.table.paths == embedding.images.paths else None
    is_there = can_colour(replace(state, embedding=embedding, table=table), state.colour_by)
    return {"table": table, "colour_by": state.colour_by if is_there else BY_LABEL}


class ColouringService(QObject):
    """Keeps the `shading` of a store that of its `colour_by`. All methods belong to the main thread."""

    progressed = Signal(float)
    """The share of the images that are decoded, where all must be."""
    failed = Signal(str)

    def __init__(self, store: Store, is_training: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._is_training = is_training
        self._thread = TaskThread("colours", self, background=True)
        self._newest = NewestWins(self._thread, rest_ms=REST_MS)
        self._misfits = MisfitService(self)
        self._told: tuple[ColourBy, Question, int | None] | None = None
        """What the errors on show are of."""
        self._misfits.measured.connect(lambda: self._ask(store.state))
        self._misfits.progressed.connect(self.progressed)
        self._misfits.failed.connect(self.failed)
        store.changed.connect(self._on_changed)

    def use(self, model: Judging | None) -> None:
        """Let another model tell how well it reconstructs images."""
        self._misfits.use(model)

    def refresh(self) -> None:
        """Decode all images by the weights of now, where a training's have gone on since they were last."""
        embedding = self._store.state.embedding
        if embedding is not None and self._store.state.colour_by.kind in DECODED:
            self._misfits.ask(embedding.images, exactly=True)

    def close(self) -> None:
        """Give up what is under way, end the threads and wait for them."""
        self._store.changed.disconnect(self._on_changed)
        self._newest.clear()
        self._misfits.close()
        self._thread.close()

    def _on_changed(self, old: AppState, new: AppState) -> None:
        before, now = ((state.colour_by, state.embedding, state.table) for state in (old, new))
        if before != now or (new.colour_by.kind == "distance" and not same_plane(old, new)):
            self._ask(new)

    def _ask(self, state: AppState) -> None:
        """Compute what the points are coloured by; what was asked before is of no interest any more."""
        by, embedding = state.colour_by, state.embedding
        if by.kind not in DECODED or embedding is None:
            self._misfits.stop()
            self._told = None
        if embedding is None or is_plain(by, len(embedding.images)):
            return
        if by.kind in DECODED:
            self._ask_misfit(by, embedding)
        else:
            plane, table = state.plane, state.table
            self._submit(by, embedding, lambda: content_of(by, embedding, plane, table))

    def _ask_misfit(self, by: ColourBy, embedding: Embedding) -> None:
        """Decode all images. A training that goes on would never let that come to an end: its first answer stays."""
        is_training = self._is_training()
        found = self._misfits.find(embedding.images, exactly=not is_training)
        if found is None:
            self._misfits.ask(embedding.images, exactly=not is_training)
            return
        question, misfit = found
        step = question.step if is_training else None
        if (by, question, step) != self._told:
            self._told = by, question, step
            values = misfit.squared_error if by.kind == "squared_error" else misfit.nll
            self._submit(by, embedding, lambda: Shades.of(values), step)

    def _submit(
        self, by: ColourBy, embedding: Embedding, work: Callable[[], Shades | Groups | None], step: int | None = None
    ) -> None:
        images = embedding.images

        def done(content: Shades | Groups | None) -> None:
            state = self._store.state
            if state.colour_by == by and state.embedding is not None and state.embedding.images is images:
                known = Shades.nothing(len(images)) if content is None else content
                self._store.update(shading=Shading(by, images, known, step))

        self._newest.submit(Job(work, done, self.failed.emit))


def content_of(by: ColourBy, embedding: Embedding, plane: Flat | None, table: Table | None) -> Shades | Groups | None:
    """Compute what needs no decoding. None where it can't be known: of a model without a spread, say."""
    if by.kind == "folder":
        return by_folder(embedding.images.paths)
    if by.kind == "factor" and embedding.images.factors is not None:
        return _factor(embedding.images.factors, by.name)
    if by.kind == "column":
        fits = table is not None and table.paths == embedding.images.paths
        return table.columns.get(by.name) if table is not None and fits else None
    return _of_codes(by, embedding, plane)


def _of_codes(by: ColourBy, embedding: Embedding, plane: Flat | None) -> Shades | None:
    mean, dims = embedding.mean, embedding.mean.shape[1]
    if by.kind == "kl" and embedding.log_var is not None:
        return Shades.of(kl_per_image(mean, embedding.log_var))
    if by.kind == "distance" and isinstance(plane, LatentPlane) and plane.dims == dims:
        return Shades.of(plane.distance(mean))
    if by.kind == "dim" and by.axis < dims:
        return Shades.of(mean[:, by.axis])
    if by.kind == "direction" and by.directions is not None and len(by.directions.u) == dims:
        return Shades.of(by.directions.plane_through(np.zeros(dims)).project(mean)[:, by.axis])
    return None


def _factor(factors: Factors, name: str) -> Shades | Groups | None:
    for number, factor in enumerate(factors.factors):
        if factor.name == name:
            values = factors.values[:, number]
            if factor.categories is None or factor.categories > MOST_CHOICES:
                return Shades.of(values)
            return Groups(values.astype(np.int64), tuple(str(value) for value in range(1, factor.categories + 1)))
    return None
