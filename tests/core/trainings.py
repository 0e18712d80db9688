"""What the tests of training share."""

from dataclasses import dataclass, field
from typing import Any

import torch

from vae_explorer.core.progress import Control, Snapshot, TrainResult, TrainStep
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training

LAST = 9
"""Steps of the run that `make_config` describes: 21 images, 2 held back, 3 steps in each of 3 epochs, the last of 3."""


def every_step(**changes) -> Control:
    """Report, validate, copy and publish at every step, so that nothing depends on the clock."""
    return Control(**({"report_every_s": 0.0, "snapshot_every_s": 0.0} | changes))


@dataclass
class Watched:
    """A training with all it told."""

    moments: list[TrainStep] = field(default_factory=list)
    ended: TrainResult | None = None

    def of(self, name) -> list[Any]:
        return [getattr(moment, name) for moment in self.moments]

    @property
    def result(self) -> TrainResult:
        assert self.ended is not None
        return self.ended

    @property
    def last(self) -> Snapshot:
        snapshot = self.moments[-1].snapshot
        assert snapshot is not None
        return snapshot


def watch(config, images, folder=None, control=None, *, stop_at=None, resume=False) -> Watched:
    control = control or every_step()
    watched = Watched()

    def on_step(moment):
        watched.moments.append(moment)
        if moment.step == stop_at:
            control.stop()

    watched.ended = run_training(config, images, folder, control, on_step=on_step, resume=resume)
    return watched


def assert_same_run(first: RunFolder, second: RunFolder):
    """Weights, optimiser, random state and counts are equal, bit by bit."""
    (tensors, numbers), (others, other_numbers) = first.load_resume(), second.load_resume()
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
    assert numbers | {"elapsed_s": 0} == other_numbers | {"elapsed_s": 0}
    weights, other_weights = first.load_weights(), second.load_weights()
    assert all(torch.equal(weights[name], other_weights[name]) for name in weights)
