"""What training tells while it runs: to whoever steers it, to those who watch its folder, and to its history."""

from __future__ import annotations

import math
from functools import partial

from vae_explorer.core.batches import BatchPlan
from vae_explorer.core.by_product import Codes
from vae_explorer.core.config import RunConfig
from vae_explorer.core.history import History
from vae_explorer.core.meter import Pace
from vae_explorer.core.presence import Presence
from vae_explorer.core.progress import Snapshot, Terms, TrainStep
from vae_explorer.core.ranks import Ranks
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.schedule import Schedule
from vae_explorer.core.training_state import TrainingState, cpu_copy


class Reporter:
    """Makes the moments of a training, and keeps its clock. The first of several ranks alone writes the history."""

    def __init__(
        self, config: RunConfig, plan: BatchPlan, folder: RunFolder | None, state: TrainingState, codes: Codes | None,
        schedule: Schedule, presence: Presence, ranks: Ranks,
    ) -> None:  # fmt: skip
        self._epochs = config.training.epochs
        self._plan = plan
        self._history = History(folder if ranks.is_chief else None)
        self._state = state
        self._codes = codes
        self._schedule = schedule
        self._presence = presence
        self._ranks = ranks
        self._snapshots = 0

    def begin(self) -> None:
        """Start the clock, at the time that training has taken so far."""
        self.pace = Pace(self._state.counts.elapsed_s, self._state.counts.step)

    def report(
        self, training: Terms | None, images: int, validation: Terms | None, *, is_best: bool, publish: bool
    ) -> TrainStep:
        """Return the moment that it is, which others are told of too.

        `training` are means over `images` or, where these are few, over some before them too.
        """
        moment = self.moment(training, validation, is_best=is_best, publish=publish)
        self._ranks.on_chief(partial(self._note, moment, images))
        self._schedule.reported()
        return moment

    def moment(
        self, training: Terms | None = None, validation: Terms | None = None, *, is_best: bool = False, publish: bool
    ) -> TrainStep:
        """Return the moment that it is; `publish`: with a snapshot."""
        step, total, epoch_steps = self._state.counts.step, self._plan.steps(self._epochs), self._plan.steps_per_epoch
        return TrainStep(
            step=step,
            total_steps=total,
            epoch=max(1, math.ceil(step / epoch_steps)),
            epochs=self._epochs,
            elapsed_s=self.pace.elapsed_s,
            remaining_s=self.pace.remaining_s(total - step),
            images_per_s=self.pace.steps_per_s() * self._plan.images / epoch_steps,
            training=training,
            validation=validation,
            is_best=is_best,
            weight=self._state.counts.weight,
            snapshot=self._snapshot() if publish else None,
        )

    def forget_what_followed(self) -> None:
        """Drop from the history what comes after the step that training goes on from."""
        self._ranks.on_chief(partial(self._history.forget_after, self._state.counts.step))

    def _note(self, moment: TrainStep, images: int) -> None:
        self._presence.check()
        self._presence.tell(moment)
        self._history.add(moment, images)

    def _snapshot(self) -> Snapshot:
        self._snapshots += 1
        self._schedule.published()
        codes = self._codes.copies() if self._codes is not None else ()
        return Snapshot(self._snapshots, self._state.counts.step, cpu_copy(self._state.model), *codes)
