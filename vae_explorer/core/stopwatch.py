"""How long a model takes for one decode and for one training step, measured before it is trained."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch

from vae_explorer.core.adam import Adam
from vae_explorer.core.config import RunConfig
from vae_explorer.core.decoding import to_bytes
from vae_explorer.core.model import Model
from vae_explorer.core.objectives.base import Moment
from vae_explorer.core.runtime import pick_device

_ENOUGH_S = 0.03
"""How long one thing is measured, about."""

_LONGEST_S = 0.06
"""What takes longer runs once; and larger steps than that are reckoned."""

_RUNS = 20
_GROWTH = 4
"""How much larger each step is than the one before, from a single image on, as long as it can be afforded."""

_MOST_BYTES = 256e6
"""Activations of a step that is measured, at most."""


class Times(NamedTuple):
    """In seconds."""

    decode_s: float
    """Of one code, to an image."""
    step_s: float
    """Of a training step with a whole batch, reckoned from a smaller one where that would take too long."""


def measure_times(config: RunConfig, activation_bytes: int) -> Times:
    """Build the model and run it; `activation_bytes` are those of a whole batch. Raises UserError."""
    rehearsal = _Rehearsal(config)
    step_s = _step_s(rehearsal, activation_bytes)
    # As `Decoder` holds it.
    model = rehearsal.model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    return Times(_decode_s(model), step_s)


class _Rehearsal:
    """A model with what its training holds besides."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.device = pick_device(config.training.device)
        self.model = Model.from_config(config).to(self.device).train()
        seeded = torch.Generator().manual_seed(config.training.seed)
        auxiliary = self.model.objective.auxiliary(config.model.latent_dims, seeded)
        self._auxiliary = None if auxiliary is None else auxiliary.to(self.device).train()
        weights = [*self.model.parameters(), *(self._auxiliary.parameters() if self._auxiliary else ())]
        self._optimizer = Adam(weights, config.training.learning_rate)

    def step(self, count: int) -> None:
        """Take a training step with `count` grey images."""
        data, device = self.config.data, self.device
        x = torch.full((count, data.channels, data.image_size, data.image_size), 0.5, device=device)
        labels = torch.zeros(count, dtype=torch.int64, device=device) if self.config.model.classes else None
        moment = Moment(images=count, generator=torch.Generator().manual_seed(0), auxiliary=self._auxiliary)
        noise = torch.zeros(count, self.config.model.latent_dims, device=device)
        terms, _ = self.model(x, noise, moment, labels)
        losses = [terms["loss"].mean(), *([terms["auxiliary_loss"]] if "auxiliary_loss" in terms else [])]
        torch.autograd.backward(losses)
        self._optimizer.step()
        self._optimizer.zero_grad()


def _step_s(rehearsal: _Rehearsal, activation_bytes: int) -> float:
    """Measure larger and larger steps, and go on from the last two in a straight line: part of a step is the same."""
    whole, least, device = rehearsal.config.training.batch_size, 0, rehearsal.device
    before_s, count = 0.0, 1
    while True:
        took_s = _seconds(partial(rehearsal.step, count), device)
        per_image_s = max(0.0, took_s - before_s) / (count - least)
        larger = min(whole, _GROWTH * count)
        # A single image tells little of what each one more takes.
        longest_s = took_s if count == 1 else took_s + per_image_s * (larger - count)
        if count == whole or longest_s > _LONGEST_S or activation_bytes * larger / whole > _MOST_BYTES:
            return took_s + per_image_s * (whole - count)
        before_s, least, count = took_s, count, larger


def _decode_s(model: Model) -> float:
    device = _device_of(model)
    code = torch.zeros(1, model.latent_dims, device=device)
    labels = torch.zeros(1, dtype=torch.int64, device=device) if model.conditioning is not None else None
    with torch.inference_mode():
        return _seconds(lambda: to_bytes(model.decode(code, labels)), device)


def _seconds(run: Callable[[], object], device: torch.device) -> float:
    """Return the shortest of some runs, the first of which also prepares. Where it takes long, one run must do."""
    times = [_timed(run, device)]
    while sum(times) < (_ENOUGH_S if len(times) > 1 else _LONGEST_S) and len(times) < _RUNS:
        times.append(_timed(run, device))
    return min(times)


def _timed(run: Callable[[], object], device: torch.device) -> float:
    """Time a run on the CPU by this thread's own time, so that it doesn't matter what else the machine does just now.

    Windows counts that in pieces of 16 ms.
    """
    on_cpu = device.type == "cpu"
    clock = time.thread_time if on_cpu and sys.platform != "win32" else time.perf_counter
    started = clock()
    run()
    if not on_cpu:
        torch.accelerator.synchronize(device)
    return clock() - started


def _device_of(model: Model) -> torch.device:
    return next(model.parameters()).device
