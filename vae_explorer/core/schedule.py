"""When training reports, publishes, saves, and stands aside: all by time, so that its cost is bounded."""

from __future__ import annotations

import math
import time

from vae_explorer.core.progress import Control

SAVE_EVERY_S = 30.0
"""Training is saved at least this often."""

SAVE_EPOCH_S = 5.0
"""The end of an epoch is saved where the last save is this long ago."""

SAVING_SHARE = 0.05
"""Saving takes at most this share of the time, however slow the disk is."""

WATCHERS_SHARE = 0.01
"""And so does writing weights for those who watch, of whom there may be none."""

GIVE_WAY_AT_MOST_S = 0.2
"""Each step waits no longer than this for whoever explores, so training never quite stands still."""

COPY_EVERY_REPORTS = 10
"""A copy to fall back on is taken once in so many reporting intervals: it costs as much as some steps."""


class Schedule:
    """What is due, as `control` asks for it."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self._started = self._copied = self._published = self._saved = time.monotonic()
        self._reported = self._validated = -math.inf
        self._written = self._saved
        self._save_took_s = self._write_took_s = 0.0

    def agree(self, *, epoch_ended: bool) -> None:
        """Agree with other ranks on what is due; to be called before each step. Alone there is nobody to ask."""

    def wait_while_paused(self) -> None:
        """Wait until training may go on, or is to stop."""
        self.control.running.wait()

    @property
    def publishes(self) -> bool:
        """Whether snapshots are wanted while training runs."""
        return self.control.snapshot_every_s is not None

    def report_is_due(self) -> bool:
        """Whether a reporting interval has passed."""
        return _since(self._reported) >= self.control.report_every_s

    def reported(self) -> None:
        """Begin a reporting interval."""
        self._reported = time.monotonic()

    def snapshot_is_due(self) -> bool:
        """Whether the newest weights should be published with this report."""
        every = self.control.snapshot_every_s
        return every is not None and _since(self._published) >= every

    def published(self) -> None:
        """Note that a snapshot was published."""
        self._published = time.monotonic()

    def validation_is_due(self) -> bool:
        """Whether the end of an epoch should be validated: not more often than there are reports."""
        return _since(self._validated) >= self.control.report_every_s

    def validated(self) -> None:
        """Note that a validation was completed."""
        self._validated = time.monotonic()

    def copy_is_due(self) -> bool:
        """Whether to take a copy to fall back on, noting that it is taken. Copies are more frequent at the start."""
        every = min(COPY_EVERY_REPORTS * self.control.report_every_s, _since(self._started) / 4)
        due = _since(self._copied) >= every
        if due:
            self._copied = time.monotonic()
        return due

    def save_is_due(self, *, epoch_ended: bool) -> bool:
        """Whether to save now."""
        least = SAVE_EPOCH_S if epoch_ended else SAVE_EVERY_S
        return _since(self._saved) >= max(least, self._save_took_s / SAVING_SHARE)

    def saved(self, took_s: float) -> None:
        """Note that saving took so long."""
        self._saved = self._written = time.monotonic()
        self._save_took_s = took_s

    def watchers_are_due(self) -> bool:
        """Whether to write the newest weights for those who watch the folder."""
        every = self.control.publish_every_s
        return every is not None and _since(self._written) >= max(every, self._write_took_s / WATCHERS_SHARE)

    def wrote_for_watchers(self, took_s: float) -> None:
        """Note that writing the weights took so long."""
        self._written = time.monotonic()
        self._write_took_s = took_s


def give_way(control: Control) -> None:
    """Sleep in small slices until `control.give_way_until`, a stop, or 0.2 s have passed."""
    deadline = time.monotonic() + GIVE_WAY_AT_MOST_S
    while (wait := min(control.give_way_until, deadline) - time.monotonic()) > 0:
        if control.cancel.wait(min(wait, 0.01)):
            return


def _since(moment: float) -> float:
    return time.monotonic() - moment
