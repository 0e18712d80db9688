"""Means of the objective's terms, and the pace of training."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from vae_explorer.core.objectives.base import BatchTerms

_SMOOTHED_OVER_S = 5.0


class Meter:
    """Sums terms on the device, so that the device is waited for only when they are taken."""

    def __init__(self) -> None:
        self._sums: Tensor | None = None
        self._names: tuple[str, ...] = ()
        self.images = 0

    def add(self, terms: BatchTerms, images: int) -> None:
        """Add the terms of a batch of `images`; `kl_per_dim` is left out."""
        self._names = tuple(name for name in terms if name != "kl_per_dim")
        means = torch.stack([terms[name].detach().mean() for name in self._names])
        self._sums = means * images if self._sums is None else self._sums.add_(means, alpha=images)
        self.images += images

    def take(self) -> dict[str, float]:
        """Return the means over images since the last time, and begin anew; empty where there were none."""
        if self._sums is None:
            return {}
        means = dict(zip(self._names, (self._sums / self.images).tolist(), strict=True))
        self._sums, self.images = None, 0
        return means


class Pace:
    """The clock of training, which stands still in pauses."""

    def __init__(self, elapsed_s: float, step: int) -> None:
        self._started = time.monotonic() - elapsed_s
        self._last = (time.monotonic(), step)
        self._step_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds of training, those before a resume included."""
        return time.monotonic() - self._started

    def skip(self, seconds: float) -> None:
        """Don't count a pause."""
        self._started += seconds
        at, step = self._last
        self._last = (at + seconds, step)

    def mark(self, step: int) -> None:
        """Note that `step` steps are done now."""
        now, (at, before) = time.monotonic(), self._last
        if step == before or now <= at:
            return
        step_s = (now - at) / (step - before)
        share = 1.0 if self._step_s is None else -math.expm1(-(now - at) / _SMOOTHED_OVER_S)
        self._step_s = step_s if self._step_s is None else self._step_s + share * (step_s - self._step_s)
        self._last = (now, step)

    def steps_per_s(self) -> float:
        """Return the pace over the last seconds; 0 while it isn't known."""
        return 1 / self._step_s if self._step_s else 0.0

    def remaining_s(self, steps: int) -> float | None:
        """Return the seconds that `steps` more will take; None while it isn't known."""
        return None if self._step_s is None else steps * self._step_s
