"""Means of the objective's terms, and the pace of training."""

from __future__ import annotations

import time
from collections import deque

import torch
from torch import Tensor

from vae_explorer.core.objectives.base import BatchTerms
from vae_explorer.core.ranks import ALONE, Ranks

_SMOOTHED_OVER_S = 5.0


class Meter:
    """Sums terms on the device, so that the device is waited for, and other ranks asked, only when they are taken."""

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self._ranks = ranks
        self._sums: Tensor | None = None
        self._recent: deque[tuple[Tensor, int]] = deque()
        """What was taken lately: sums over all ranks, and over how many images."""
        self._names: tuple[str, ...] = ()
        self.images = 0

    def add(self, terms: BatchTerms, images: int) -> None:
        """Add this rank's terms of a batch that has `images` on all ranks; `kl_per_dim` is left out."""
        self._names = tuple(name for name in terms if name != "kl_per_dim")
        sums = torch.stack([terms[name].detach().expand(len(terms["loss"])) for name in self._names]).sum(1)
        self._sums = sums if self._sums is None else self._sums.add_(sums)
        self.images += images

    def take(self, least: int = 0) -> dict[str, float]:
        """Return the means over all ranks' images since the last time, and begin anew; empty where there were none.

        Where these are fewer than `least`, as an epoch's last batch may be, those of the times before count too.
        """
        if self._sums is None:
            return {}
        self._recent.append((self._ranks.add_up(self._sums), self.images))
        self._sums, self.images = None, 0
        while len(self._recent) > 1 and sum(images for _, images in self._recent) - self._recent[0][1] >= least:
            self._recent.popleft()
        sums = torch.stack([sums for sums, _ in self._recent]).sum(0)
        means = sums / sum(images for _, images in self._recent)
        return dict(zip(self._names, means.tolist(), strict=True))

    def forget_before(self) -> None:
        """Let no time before count: what is minimised is another loss from now on."""
        self._recent.clear()


class Pace:
    """The clock of training, which stands still in pauses, and how many steps it does in a second."""

    def __init__(self, elapsed_s: float, step: int) -> None:
        self._skipped = -elapsed_s
        self._started = time.monotonic()
        self._marks = deque([(elapsed_s, step)])

    @property
    def elapsed_s(self) -> float:
        """Seconds of training, those before a resume included."""
        return time.monotonic() - self._started - self._skipped

    def skip(self, seconds: float) -> None:
        """Don't count a pause."""
        self._skipped += seconds

    def mark(self, step: int) -> None:
        """Note that `step` steps are done now."""
        now = self.elapsed_s
        self._marks.append((now, step))
        while len(self._marks) > 2 and now - self._marks[1][0] >= _SMOOTHED_OVER_S:
            self._marks.popleft()

    def steps_per_s(self) -> float:
        """Return the pace over the last seconds; 0 while it isn't known."""
        (before_s, before), (now_s, now) = self._marks[0], self._marks[-1]
        return (now - before) / (now_s - before_s) if now_s > before_s else 0.0

    def remaining_s(self, steps: int) -> float | None:
        """Return the seconds that `steps` more will take; None while it isn't known."""
        pace = self.steps_per_s()
        return steps / pace if pace else None
