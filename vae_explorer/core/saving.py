"""A training in its run folder: saved, written for those who watch, and taken up again. The first rank alone writes."""

from __future__ import annotations

import time
from functools import partial

from vae_explorer.core.batches import fingerprint
from vae_explorer.core.checks import check_resumable
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageRows
from vae_explorer.core.errors import UserError
from vae_explorer.core.presence import Presence
from vae_explorer.core.ranks import Ranks
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.schedule import Schedule
from vae_explorer.core.training_state import TrainingState


def check_images(folder: RunFolder, images: ImageRows) -> None:
    """Raise UserError, before training is prepared, where a run can't go on with these images."""
    if folder.trained_on not in (None, fingerprint(images)):
        raise _changed(folder)


def _changed(folder: RunFolder) -> UserError:
    what = f"These are not the images that “{folder.name}” was trained on"
    return UserError(f"{what}, or they have changed since, so it cannot be resumed with them.")


class Saver:
    """Writes a training state, and tells the schedule how long that took."""

    def __init__(
        self, folder: RunFolder, state: TrainingState, schedule: Schedule, presence: Presence, ranks: Ranks
    ) -> None:
        self._folder = folder
        self._state = state
        self._schedule = schedule
        self._presence = presence
        self._ranks = ranks

    def save(self) -> None:
        """Write weights and resume state. Raises UserError."""
        saving = time.monotonic()
        self._ranks.on_chief(self._write)
        self._schedule.saved(took_s=time.monotonic() - saving)

    def write_for_watchers(self) -> None:
        """Write the weights alone, for those who follow the folder; a loss that isn't a number is told elsewhere."""
        writing = time.monotonic()
        self._ranks.on_chief(self._write_weights)
        self._schedule.wrote_for_watchers(took_s=time.monotonic() - writing)

    def restore(self, config: RunConfig, found: str) -> None:
        """Go on from what was saved, as `config` asks, on images whose fingerprint was `found`. Raises UserError."""
        check_resumable(self._folder.config, config)
        self._state.restore(*self._folder.load_resume(self._ranks.from_chief))
        if self._state.counts.fingerprint != found:
            raise _changed(self._folder)
        self._ranks.on_chief(partial(self._write_config, config))

    def _write(self) -> None:
        self._presence.check()
        self._folder.save_resume(self._state.tensors(), self._state.numbers())
        self._save_weights()

    def _write_weights(self) -> None:
        if self._state.is_finite():
            self._presence.check()
            self._save_weights()

    def _save_weights(self) -> None:
        self._folder.save_weights(self._state.model.state_dict(), self._state.counts.step)

    def _write_config(self, config: RunConfig) -> None:
        if self._folder.config != config:
            self._folder.write_config(config)
