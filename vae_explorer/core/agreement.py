"""When several ranks report, save, validate and stop: the chief's clock decides for all, and anybody's wish to stop."""

from __future__ import annotations

import time
from enum import IntEnum

import torch

from vae_explorer.core.progress import Control
from vae_explorer.core.ranks import Ranks
from vae_explorer.core.schedule import Schedule

AGREE_EVERY_S = 0.05
"""How often all agree, about, and at the end of each epoch: it takes as long as a small step."""

_MOST_STEPS = 1000
_PAUSE_S = 1.0


class _What(IntEnum):
    """What is agreed on."""

    STOP = 0
    PAUSE = 1
    REPORT = 2
    SNAPSHOT = 3
    VALIDATION = 4
    COPY = 5
    SAVE = 6
    SAVE_EPOCH = 7
    WATCHERS = 8
    HAS_WEIGHT = 9
    WEIGHT = 10
    STEPS = 11
    """How many steps to take until all agree again."""


class AgreedSchedule(Schedule):
    """A schedule that all ranks keep. `control` is what all have agreed on, and not what each is asked for."""

    def __init__(self, asked: Control, ranks: Ranks) -> None:
        agreed = Control(
            report_every_s=asked.report_every_s,
            snapshot_every_s=asked.snapshot_every_s,
            publish_every_s=asked.publish_every_s,
        )
        super().__init__(agreed)
        self._asked = asked
        self._ranks = ranks
        self._agreed = [0.0] * len(_What)
        self._steps_left = 0
        self._steps = 0
        self._agreed_at = time.monotonic()

    def agree(self, *, epoch_ended: bool) -> None:
        """Agree where that is due. Until the next agreement nothing else is due. Raises RankLost."""
        self._steps_left -= 1
        if self._steps_left > 0 and not epoch_ended:
            self._agreed = [0.0] * len(_What)
            return
        wishes = torch.tensor(self._wishes(), dtype=torch.float64)
        self._agreed = self._ranks.add_up(wishes).tolist()
        self._steps = self._steps_left = int(self._agreed[_What.STEPS])
        self._agreed_at = time.monotonic()
        if self._agreed[_What.STOP]:
            self.control.stop()
        elif self._agreed[_What.PAUSE]:
            self.control.running.clear()
        if self._agreed[_What.HAS_WEIGHT]:
            self.control.weight = self._agreed[_What.WEIGHT]

    def wait_while_paused(self) -> None:
        """Wait until no rank is to pause. Raises RankLost."""
        paused = True
        while paused:
            self._asked.running.wait(_PAUSE_S)
            paused = self._ranks.any(not self._asked.running.is_set())
        self.control.running.set()

    def report_is_due(self) -> bool:
        """Whether all report now."""
        return self._agreed[_What.REPORT] > 0

    def snapshot_is_due(self) -> bool:
        """Whether the newest weights should be published with this report."""
        return self._agreed[_What.SNAPSHOT] > 0

    def validation_is_due(self) -> bool:
        """Whether the end of an epoch should be validated."""
        return self._agreed[_What.VALIDATION] > 0

    def copy_is_due(self) -> bool:
        """Whether all take a copy to fall back on."""
        return self._agreed[_What.COPY] > 0

    def save_is_due(self, *, epoch_ended: bool) -> bool:
        """Whether to save now."""
        return self._agreed[_What.SAVE_EPOCH if epoch_ended else _What.SAVE] > 0

    def watchers_are_due(self) -> bool:
        """Whether to write the newest weights for those who watch the folder."""
        return self._agreed[_What.WATCHERS] > 0

    def _wishes(self) -> list[float]:
        """Return what this rank has to say: all but the chief can only ask for a stop or a pause."""
        wishes = [0.0] * len(_What)
        wishes[_What.STOP] = self._asked.cancel.is_set()
        wishes[_What.PAUSE] = not self._asked.running.is_set()
        if self._ranks.is_chief:
            wishes[_What.REPORT :] = [
                super().report_is_due(),
                super().snapshot_is_due(),
                super().validation_is_due(),
                super().report_is_due() and super().copy_is_due(),
                super().save_is_due(epoch_ended=False),
                super().save_is_due(epoch_ended=True),
                super().watchers_are_due(),
                self._asked.weight is not None,
                self._asked.weight or 0.0,
                self._steps_until_next(),
            ]
        return wishes

    def _steps_until_next(self) -> int:
        """Reckon the steps that take as long as all wait until they agree again."""
        taken = self._steps - max(0, self._steps_left)
        passed_s = time.monotonic() - self._agreed_at
        every_s = min(AGREE_EVERY_S, self.control.report_every_s)
        return max(1, min(_MOST_STEPS, int(taken * every_s / max(passed_s, 1e-9))))
