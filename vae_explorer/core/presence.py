"""Who trains a run: a small file in its folder that the trainer keeps fresh. Others can watch, and none joins in.

Hosts needn't agree on the time: whoever reads the file judges by whether it changes, as told by a clock of its own.
Importing this needs no torch.
"""

from __future__ import annotations

import os
import platform
import secrets
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import unreadable, unwritable
from vae_explorer.core.progress import TrainStep

LIVE = "live.json"

BEAT_EVERY_S = 2.0
"""How often a trainer writes, also while a step, a validation or a pause takes longer."""

SILENT_AFTER_S = 20.0
"""A trainer whose file hasn't changed for so long is taken to have ended without a word."""

_LOOK_EVERY_S = 0.1


class Beat(BaseModel):
    """What a trainer tells of itself."""

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    pid_space: str = ""
    """Which processes `pid` counts: those of a container, until its machine restarts."""
    token: str
    """Another one for each training."""
    count: int = 0
    """Beats so far, so that no two are equal."""
    paused: bool = False
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    """The epoch under way, from 1."""
    epochs: int = 0
    remaining_s: FiniteFloat | None = None
    images_per_s: FiniteFloat = 0.0

    @property
    def is_dead(self) -> bool:
        """Whether its process is known to have ended; only whoever shares its processes can tell."""
        return sys.platform != "win32" and self.pid_space == _pid_space() and not _runs(self.pid)

    @property
    def where(self) -> str:
        """The host and process, in words."""
        return f"{printable(self.host)} (process {self.pid})"


def read_live(folder: Path) -> bytes | None:
    """Read what a trainer has written last; None where nobody trains. Raises OSError."""
    try:
        return (folder / LIVE).read_bytes()
    except FileNotFoundError:
        return None


def parse_beat(raw: bytes) -> Beat | None:
    """Understand what `read_live` gave; None while it is only half written, or is no beat at all."""
    try:
        return Beat.model_validate_json(raw)
    except ValidationError:
        return None


def trainer_of(folder: Path) -> Beat | None:
    """Return what was told last by whoever trains the run in `folder`; None where nobody does, as far as is known.

    A trainer on another host may have ended without a word.
    """
    try:
        raw = read_live(folder)
    except OSError:
        return None
    beat = None if raw is None else parse_beat(raw)
    return None if beat is None or beat.is_dead else beat


def refuse_if_trained(folder: Path, cancel: threading.Event | None = None) -> None:
    """Raise UserError where another process trains the run in `folder`.

    Where that can't be told at once it is looked at for some seconds; a trainer that is silent for so long has ended.
    """
    before = _look(folder)
    if before is None:
        return
    beat = parse_beat(before)
    silent_at = time.monotonic() + SILENT_AFTER_S
    while time.monotonic() < silent_at and not (beat is not None and beat.is_dead):
        now = _look(folder)
        if now is None:
            return
        if now != before or (cancel is not None and cancel.is_set()):
            raise _trained_elsewhere(folder, parse_beat(now) or beat)
        time.sleep(_LOOK_EVERY_S)


class Presence:
    """A trainer's sign of life, while it is entered. Does nothing without a folder.

    It is written on a thread of its own, which only reads what `tell` has left.
    """

    def __init__(self, folder: Path | None, cancel: threading.Event | None = None) -> None:
        self._folder = folder
        self._cancel = cancel
        self._beat = Beat(
            host=platform.node() or "a host without a name",
            pid=os.getpid(),
            pid_space=_pid_space(),
            token=secrets.token_hex(8),
        )
        self._ended = threading.Event()
        self._usurper: Beat | None = None
        self._thread = threading.Thread(target=self._keep_beating, name="presence", daemon=True)

    def __enter__(self) -> Self:
        """Take the run. Raises UserError where another process trains it, or the disk refuses."""
        if self._folder is not None:
            self._take(self._folder)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the run back."""
        self._ended.set()
        if self._folder is not None:
            self._thread.join()
            with suppress(OSError):
                if self._is_ours(self._folder):
                    (self._folder / LIVE).unlink()

    @property
    def is_lost(self) -> bool:
        """Whether another process has taken the run over, since this one was silent for too long."""
        return self._usurper is not None

    def tell(self, moment: TrainStep, *, paused: bool = False) -> None:
        """Leave word of how training gets on, for the next beat."""
        self._beat = self._beat.model_copy(
            update={
                "paused": paused,
                "step": moment.step,
                "total_steps": moment.total_steps,
                "epoch": moment.epoch,
                "epochs": moment.epochs,
                "remaining_s": moment.remaining_s,
                "images_per_s": moment.images_per_s,
            }
        )

    def check(self) -> None:
        """Raise UserError where the run is no longer this trainer's to write."""
        if self._folder is not None and self._usurper is not None:
            raise _trained_elsewhere(self._folder, self._usurper)

    def _take(self, folder: Path) -> None:
        try:
            while not self._claim(folder):
                refuse_if_trained(folder, self._cancel)
                (folder / LIVE).unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def _claim(self, folder: Path) -> bool:
        """Write the first beat where there is none: of two processes at the same moment one fails."""
        try:
            with (folder / LIVE).open("x", encoding="utf-8") as file:
                file.write(self._beat.model_dump_json())
        except FileExistsError:
            return False
        return True

    def _keep_beating(self) -> None:
        """Run on the thread."""
        folder, count = self._folder, 0
        while folder is not None and not self._ended.wait(BEAT_EVERY_S):
            count += 1
            with suppress(OSError):  # a full disk, or a mount that is gone for a moment: the next beat tries again
                if not self._is_ours(folder):
                    return
                part = folder / f".{LIVE}.part"
                part.write_text(self._beat.model_copy(update={"count": count}).model_dump_json(), encoding="utf-8")
                part.replace(folder / LIVE)

    def _is_ours(self, folder: Path) -> bool:
        """Whether nobody else has taken the run: a process that was asleep for long, say, may find it taken."""
        raw = read_live(folder)
        other = None if raw is None else parse_beat(raw)
        if other is not None and other.token != self._beat.token:
            self._usurper = other
        return self._usurper is None


def _look(folder: Path) -> bytes | None:
    try:
        return read_live(folder)
    except OSError as error:
        raise unreadable(folder / LIVE, error) from error


def _trained_elsewhere(folder: Path, beat: Beat | None) -> UserError:
    who = "another process" if beat is None else f"{beat.where}"
    return UserError(
        f"“{printable(folder.resolve().name)}” is being trained by {who}: it can be watched, but not trained twice."
    )


def _pid_space() -> str:
    """Tell which processes a number means: in another container, or before a restart, it meant another one."""
    parts = [platform.node()]
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        parts += [boot, str(Path("/proc/self/ns/pid").readlink())]
    return " ".join(parts)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it is another person's
    return True
