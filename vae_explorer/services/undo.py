"""Undo and redo of all that changes the view or the code."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.state import AppState, Store, changes_to_image

MOST_STEPS: Final = 500

MOST_NUMBERS: Final = 400_000
"""In the codes that are kept: of codes of thousands of numbers fewer steps are."""

MOST_SELECTED: Final = 50_000_000
"""Images in the selections that are kept, eight bytes each: where millions are selected fewer steps are."""

MERGE_S: Final = 0.6
"""Changes of the same kind that follow each other faster, turns of a wheel say, are one step."""

UNDOABLE: Final = (
    "probe", "plane_dims", "directions", "projection", "view", "layers", "colour_by", "table", "hidden", "smooth",
    "tile_px", "original", "condition", "locked", "pins", "selection",
)  # fmt: skip
_FLOWING: Final = {"probe", "view", "original"}
"""What wheel and keys change little by little."""
_GIVEN: Final = ("model", "images", "embedding")
"""Where these change, it isn't the view that the person has changed."""


@dataclass(frozen=True, eq=False)
class Step:
    """Something that a person did: the fields that it changed, before and after."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    dims: frozenset[int] = frozenset()
    """The latent dimensions along which the probe was moved."""

    @property
    def kind(self) -> tuple[frozenset[str], frozenset[int]]:
        """What was changed, whatever the values."""
        return frozenset(self.after), self.dims


class UndoHistory(QObject):
    """Watches the store and notes steps; a drag is one. Belongs to the main thread.

    Another model, or other images, begin a history of their own: what was done to those of before means nothing here.
    """

    changed = Signal()
    """Steps came, went, were undone or done again."""

    def __init__(self, store: Store, parent: QObject | None = None, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._store = store
        self._now = now
        self._steps: list[Step] = []
        self._done = 0
        """How many of the steps are done; the others were undone."""
        self._gesture = 0
        self._noted = float("-inf")
        self._moving = False
        store.changed.connect(self._on_changed)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, the undone ones last."""
        return tuple(self._steps)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return self._done

    def undo(self) -> None:
        """Take the last step back."""
        self.go_to(self._done - 1)

    def redo(self) -> None:
        """Do again what was undone last."""
        self.go_to(self._done + 1)

    def go_to(self, done: int) -> None:
        """Undo or do again until `done` steps are done; beyond either end nothing happens."""
        if not 0 <= done <= len(self._steps):
            return
        changes: dict[str, Any] = {}
        while self._done > done:
            self._done -= 1
            changes |= self._steps[self._done].before
        while self._done < done:
            changes |= self._steps[self._done].after
            self._done += 1
        if _is_stale(changes.get("projection"), self._store.state):
            changes["projection"] = None
        if changes.get("original") is not None:
            # Its code may have moved since: what is shown beside it is its reconstruction by the weights of now.
            changes |= changes_to_image(self._store.state, changes["original"])
        self._noted, self._gesture = float("-inf"), 0  # what is dragged on from here is a step of its own
        self._moving = True
        try:
            self._store.update(**changes)
        finally:
            self._moving = False
        self.changed.emit()

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model or _other_images(old, new):
            self._forget()
        elif not self._moving and all(getattr(old, name) is getattr(new, name) for name in _GIVEN):
            self._note(_step(old, new))

    def _forget(self) -> None:
        self._store.end_gesture()  # what was being dragged may be gone, and would never say that it was let go
        self._steps.clear()
        self._done = 0
        self.changed.emit()

    def _note(self, step: Step) -> None:
        if not step.after:
            return
        del self._steps[self._done :]
        if self._steps and self._belongs_to(self._steps[-1], step):
            step = _joined(self._steps.pop(), step)
        most = max(2, min(MOST_STEPS, MOST_NUMBERS // max(1, len(self._store.state.probe))))
        self._steps = _within_memory([*self._steps, step][-most:])
        self._done = len(self._steps)
        self._gesture = self._store.gesture
        self._noted = self._now()
        self.changed.emit()

    def _belongs_to(self, last: Step, step: Step) -> bool:
        """Whether a change goes on with the step before: in the same drag, or quickly after it."""
        gesture = self._store.gesture
        if gesture:
            return gesture == self._gesture
        flows = step.after.keys() <= _FLOWING and step.after.get("original") is None
        goes_on = step.kind == last.kind and flows and self._now() - self._noted < MERGE_S
        return goes_on and not self._gesture


def _other_images(old: AppState, new: AppState) -> bool:
    """Whether the plane shows other images now: what was selected among those of before isn't there any more."""
    return old.embedding is not None and new.embedding is not None and old.embedding.images is not new.embedding.images


def _is_stale(projection: Projection | None, state: AppState) -> bool:
    """Whether a projection lays out codes that are no longer those of the images."""
    return projection is not None and (state.embedding is None or state.embedding.mean is not projection.codes)


def _step(old: AppState, new: AppState) -> Step:
    changed = [name for name in UNDOABLE if getattr(old, name) != getattr(new, name)]
    before, after = ({name: getattr(state, name) for name in changed} for state in (old, new))
    return Step(before, after, _moved_along(old, new) if "probe" in changed else frozenset())


def _moved_along(old: AppState, new: AppState) -> frozenset[int]:
    """Tell in which dimensions two probes differ."""
    return frozenset(np.flatnonzero(np.array(old.probe) != np.array(new.probe)).tolist())


def _within_memory(steps: list[Step]) -> list[Step]:
    """Return the last of the steps: so many that what they hold selected is no more than can be kept."""
    seen: set[int] = set()
    selected = 0
    for number, step in reversed(list(enumerate(steps))):
        for selection in (step.before.get("selection"), step.after.get("selection")):
            if selection is not None and id(selection) not in seen:
                seen.add(id(selection))
                selected += len(selection)
        if selected > MOST_SELECTED and number < len(steps) - 1:
            return steps[number + 1 :]
    return steps


def _joined(first: Step, second: Step) -> Step:
    return Step({**second.before, **first.before}, {**first.after, **second.after}, first.dims | second.dims)
