"""The numbers behind the training curves. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.progress import Terms, TrainStep
from vae_explorer.core.run_folder import HistoryLine

Numbers = NDArray[np.float64]

COLUMNS: Final = ("elapsed_s", "step", "loss", "reconstruction", "kl", "elbo")
_ELBO_DIFFERS: Final = 1e-3
"""Relative difference from which −ELBO and the loss are drawn apart."""
_FEW: Final = 20
"""Up to so many points all of them count."""
_FIRST: Final = 0.03
"""Share of the time, at the start, that doesn't: the loss falls from far above."""


class CurveTable:
    """Rows of `COLUMNS` in the order of time; a term that an objective lacks is NaN."""

    def __init__(self) -> None:
        self._rows = np.empty((256, len(COLUMNS)))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, elapsed_s: float, step: int, terms: Terms) -> None:
        """Add a row."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = (elapsed_s, step, *(terms.get(name, np.nan) for name in COLUMNS[2:]))
        self._count += 1

    def column(self, name: str) -> Numbers:
        """Return a column, (rows,), to be read only; NaN where the term is missing."""
        return self._rows[: self._count, COLUMNS.index(name)]


class CurveData:
    """Training and validation terms so far, and which validation was best."""

    def __init__(self) -> None:
        self.training = CurveTable()
        self.validation = CurveTable()
        self.best: int | None = None
        """The row of `validation` with the lowest loss."""

    @classmethod
    def from_history(cls, history: Sequence[HistoryLine]) -> CurveData:
        """Take the lines of a run's history."""
        data = cls()
        data.add_lines(history)
        return data

    def add_lines(self, history: Sequence[HistoryLine]) -> None:
        """Take further lines of it."""
        for line in history:
            self._add(line["elapsed_s"], line["step"], line["training"], line["validation"], line["is_best"])

    def add(self, step: TrainStep) -> None:
        """Take a moment of training."""
        self._add(step.elapsed_s, step.step, step.training, step.validation, step.is_best)

    @property
    def elbo_differs(self) -> bool:
        """Whether −ELBO is another curve than the loss."""
        table = self.validation if len(self.validation) else self.training
        gap = np.abs(table.column("loss") + table.column("elbo"))
        return bool(np.any(gap > _ELBO_DIFFERS * np.abs(table.column("loss"))))

    def _add(
        self, elapsed_s: float, step: int, training: Terms | None, validation: Terms | None, is_best: bool
    ) -> None:
        if training is not None:
            self.training.append(elapsed_s, step, training)
        if validation is not None:
            self.validation.append(elapsed_s, step, validation)
            self.best = len(self.validation) - 1 if is_best or self.best is None else self.best


def decimated(x: Numbers, y: Numbers, most: int) -> tuple[Numbers, Numbers]:
    """Keep the lowest and the highest point of each of `most` stretches of a curve, and its end.

    (N,), (N,) -> (M,), (M,) with M ≤ 2·most + 1. What isn't finite is left out.
    """
    kept = np.isfinite(y)
    x, y = x[kept], y[kept]
    length = -(-len(y) // most)
    if length <= 2:
        return x, y
    stretches = y[: len(y) // length * length].reshape(-1, length)
    starts = np.arange(len(stretches)) * length
    picked = np.unique(np.concatenate([starts + stretches.argmin(1), starts + stretches.argmax(1), [len(y) - 1]]))
    return x[picked], y[picked]


def robust_range(curves: list[tuple[Numbers, Numbers]]) -> tuple[float, float]:
    """Return the range of y that shows how training goes on, whatever its first moments were. Curves are (x, y)."""
    finite = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in curves]
    x = np.concatenate([np.empty(0), *(x for x, _ in finite)])
    y = np.concatenate([np.empty(0), *(y for _, y in finite)])
    if not len(y):
        return 0.0, 1.0
    if len(y) > _FEW:
        settled = y[x >= x.min() + _FIRST * (x.max() - x.min())]
        y = settled if len(settled) else y
    low, high = float(y.min()), float(y.max())
    air = max((high - low) * 0.06, abs(high) * 1e-3, 1e-6)
    return low - air, high + air
