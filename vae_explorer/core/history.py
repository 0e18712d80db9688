"""What of training is written to a run's history: enough to draw its curves, however long it takes."""

from __future__ import annotations

from collections.abc import Mapping

from vae_explorer.core.progress import TrainStep
from vae_explorer.core.run_folder import RunFolder

_LINES_PER_E_FOLD = 500
"""Lines stand further apart the longer training goes on: so many for each time that its duration grows e-fold."""


class History:
    """Joins the moments of training into lines. Does nothing without a folder."""

    def __init__(self, folder: RunFolder | None) -> None:
        self._folder = folder
        self._sums: dict[str, float] = {}
        self._images = 0
        self._written_s = 0.0

    def add(self, moment: TrainStep, images: int) -> None:
        """Note a moment whose training terms count as means over `images`. The best validation is always written.

        Where these are few the means are over some images before them too, so that lines are smoothed a little.
        """
        for name, mean in (moment.training or {}).items():
            self._sums[name] = self._sums.get(name, 0.0) + mean * images
        self._images += images
        due = moment.elapsed_s - self._written_s >= moment.elapsed_s / _LINES_PER_E_FOLD
        if due or moment.is_best or moment.step == moment.total_steps:
            self._write(moment)

    def forget_after(self, step: int) -> None:
        """Drop what was written after `step`, and what wasn't written yet."""
        self._sums, self._images = {}, 0
        if self._folder is not None:
            self._folder.truncate_history(step)

    def _write(self, moment: TrainStep) -> None:
        training = {name: total / self._images for name, total in self._sums.items()} if self._images else None
        self._sums, self._images = {}, 0
        self._written_s = moment.elapsed_s
        if self._folder is not None and (training or moment.validation):
            self._folder.append_history(_line(moment, training))


def _line(moment: TrainStep, training: Mapping[str, float] | None) -> dict[str, object]:
    return {
        "step": moment.step,
        "epoch": moment.epoch,
        "elapsed_s": round(moment.elapsed_s, 3),
        "training": _rounded(training),
        "validation": _rounded(moment.validation),
        "is_best": moment.is_best,
        "weight": moment.weight,
    }


def _rounded(terms: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if terms is None else {name: float(f"{value:.7g}") for name, value in terms.items()}
