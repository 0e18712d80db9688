"""Following a run that another process trains, from its folder alone. Nothing is written there.

It polls, so it works wherever the folder can be read: over a network mount too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from torch import Tensor

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import unreadable
from vae_explorer.core.model import Model, all_finite
from vae_explorer.core.presence import LIVE, SILENT_AFTER_S, Beat, parse_beat, read_live
from vae_explorer.core.run_folder import (
    HISTORY,
    WEIGHTS,
    HistoryLine,
    RunFolder,
    RunStatus,
    missing_or_unreadable,
    parsed_line,
)

LONG_AGO_S = 600.0
"""A sign of life that is so old when it is first seen is none, however much the clocks of two hosts differ."""

Stamp = tuple[int, int, int]
"""What tells a file from the one that replaced it."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What a look at a run's folder has found."""

    state: Literal["training", "paused", "silent", "resting"]
    """“silent”: the trainer ended without a word. “resting”: nobody trains it."""
    status: RunStatus
    """How far it is trained, by what is saved."""
    beat: Beat | None = None
    """What the trainer told last."""
    history: tuple[HistoryLine, ...] = ()
    """Lines that have come since the last look; all of them where `is_rewritten`."""
    is_rewritten: bool = False
    """Whether the history began anew: a run that goes on forgets what was logged after its last save."""
    weights: Mapping[str, Tensor] | None = field(default=None, repr=False)
    """The newest weights, where they are others than those of the last look."""
    step: int | None = None
    """Of `weights`, where it is known."""

    @property
    def is_live(self) -> bool:
        """Whether somebody trains the run now."""
        return self.state in {"training", "paused"}


class RunWatch:
    """Looks at one run. Make it before its weights are read, so that none is missed. Any one thread may use it."""

    def __init__(self, path: Path) -> None:
        self._folder = RunFolder.open(path)
        self._weights = _stamp(path / WEIGHTS)
        self._tail = HistoryTail(path / HISTORY)
        self._raw: bytes | None = None
        self._beat: Beat | None = None
        self._changed_at = time.monotonic()

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    @cached_property
    def _shapes(self) -> dict[str, object]:
        """What the weights of the model on show are like."""
        return _shapes(Model.blank(self._folder.config).state_dict())

    def look(self) -> Glimpse:
        """Tell what has changed. Raises UserError where the folder is gone or damaged; it may be asked again."""
        try:
            return self._look()
        except OSError as error:  # a network mount that has gone has many ways to say so
            raise unreadable(self.path, error) from error

    def _look(self) -> Glimpse:
        if not self.path.is_dir():
            msg = f"The run folder “{printable(str(self.path))}” is gone, or can't be reached."
            raise UserError(msg)
        state = self._state()
        history, is_rewritten = self._tail.read()
        weights, step = self._new_weights()
        status = RunFolder.open(self.path).status  # whoever goes on with it may ask for more epochs
        return Glimpse(state, status, self._beat, tuple(history), is_rewritten, weights, step)

    def _state(self) -> Literal["training", "paused", "silent", "resting"]:
        try:
            raw = read_live(self.path)
            age_s = 0.0 if raw is None or self._beat else time.time() - (self.path / LIVE).stat().st_mtime
        except OSError as error:
            raise missing_or_unreadable(self.path / LIVE, error) from error
        if raw is None:
            self._raw = None
            return "resting"
        if raw != self._raw:
            self._raw = raw
            self._changed_at = time.monotonic() - (age_s if age_s > LONG_AGO_S else 0)
            self._beat = parse_beat(raw) or self._beat  # half written: what it told before
        is_dead = self._beat is not None and self._beat.is_dead
        if is_dead or time.monotonic() - self._changed_at > SILENT_AFTER_S:
            return "silent"
        return "paused" if self._beat is not None and self._beat.paused else "training"

    def _new_weights(self) -> tuple[Mapping[str, Tensor] | None, int | None]:
        stamp = _stamp(self.path / WEIGHTS)
        if stamp is None or stamp == self._weights:
            return None, None
        weights, step = self._folder.load_weights_of_step()
        self._weights = stamp  # damaged weights are looked at again
        if _shapes(weights) != self._shapes:
            msg = f"“{self._folder.name}” holds another model than the one on show by now: open it again."
            raise UserError(msg)
        if not all_finite(weights.values()):
            msg = f"The newest weights of “{self._folder.name}” are not all finite numbers; those before stay on show."
            raise UserError(msg)
        return weights, step


class HistoryTail:
    """Reads a history as it grows, each line once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._inode: int | None = None

    def read(self) -> tuple[list[HistoryLine], bool]:
        """Return the lines that have come, and whether they are all there are, of a history that began anew."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                began_anew = self._inode not in {None, status.st_ino} or status.st_size < self._place
                self._inode = status.st_ino
                self._place = 0 if began_anew else self._place
                file.seek(self._place)
                whole, newline, _torn = file.read().rpartition(b"\n")
        except FileNotFoundError:
            whole, newline, began_anew = b"", b"", self._place > 0
            self._place, self._inode = 0, None
        except OSError as error:
            raise missing_or_unreadable(self._path, error) from error
        self._place += len(whole) + len(newline)
        lines = (parsed_line(line) for line in whole.decode(errors="replace").splitlines())
        return [line for line in lines if line is not None], began_anew


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None  # not there yet
    return status.st_mtime_ns, status.st_size, status.st_ino


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, object]:
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}
