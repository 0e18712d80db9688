"""What training tells of itself while it runs: values that may cross threads. Importing this needs no torch."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

PUBLISH_EVERY_S = 5.0
"""How old the weights in a run's folder grow while it is trained, where writing them takes hardly any time."""

Terms = Mapping[str, float]
"""Terms of the objective by name, averaged over images, in nats per image. Always holds `loss` (what is minimised) and
`reconstruction` (−log p(x|z)); but for the plain AE also `kl` (the true one) and `elbo` (−reconstruction − kl)."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A copy of all weights, on the CPU, that nobody writes to. `number` counts up within a training run."""

    number: int
    step: int
    weights: Mapping[str, Tensor]
    codes: NDArray[np.float32] | None = None
    """(N, D) the posterior mean of each image, by the weights of the step that saw it last: training's by-product, so
    that watching costs no encoding. NaN where none has seen it since this session of training began."""
    log_var: NDArray[np.float32] | None = None
    """(N, D) their true log-variances, likewise; None for a model without a spread."""


@dataclass(frozen=True, eq=False)
class TrainStep:
    """A moment in training."""

    step: int
    total_steps: int
    epoch: int
    """The epoch under way, from 1; the number of epochs done where one has just ended."""
    epochs: int
    elapsed_s: float
    """Training time so far, earlier sessions of a resumed run included, pauses not."""
    remaining_s: float | None
    images_per_s: float
    training: Terms | None = None
    """Means since the last report, where there are new ones."""
    validation: Terms | None = None
    """On the held-back images (z drawn, so that it is an ELBO), after an epoch; None where none are held back."""
    is_best: bool = False
    """Whether `validation` has the lowest loss so far."""
    weight: float = 1.0
    """What the regulariser was multiplied by, of late."""
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class TrainResult:
    """How training ended."""

    step: int
    epoch: int
    finished: bool
    """False where it was stopped and can be resumed."""
    warning: str | None = None
    """One sentence where it ended for a reason the person should know: the loss became NaN, say."""


@dataclass
class Control:
    """How another thread steers training. The events are set directly: a queued call isn't seen while a slot runs."""

    cancel: threading.Event = field(default_factory=threading.Event)
    running: threading.Event = field(default_factory=threading.Event)
    """Cleared to pause. Whoever sets `cancel` sets this too, so that a paused run wakes up."""
    report_every_s: float = 0.1
    snapshot_every_s: float | None = None
    """Seconds between published snapshots; None: none but the last."""
    publish_every_s: float | None = PUBLISH_EVERY_S
    """Seconds between weights that are written for those who watch the folder; None: they come with each save."""
    give_way_until: float = 0.0
    """Time (`time.monotonic`) until which training leaves the processor to whoever explores."""

    weight: float | None = None
    """What the regulariser is multiplied by from the next step on; None: by what it was."""

    def __post_init__(self) -> None:
        self.running.set()

    def stop(self) -> None:
        """End training after the step under way; it wakes up if it is paused."""
        self.cancel.set()
        self.running.set()

    def give_way(self, seconds: float) -> None:
        """Ask training to leave the processor alone for a moment."""
        self.give_way_until = time.monotonic() + seconds
