"""How long a model takes for one decode and for one training step, measured before it is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch

from vae_explorer.core.config import RunConfig
from vae_explorer.core.decoding import to_bytes
from vae_explorer.core.model import Model
from vae_explorer.core.objectives.base import Moment
from vae_explorer.core.runtime import pick_device
from vae_explorer.core.training_state import TrainingState

_ENOUGH_S = 0.05
"""How long is measured, about: what takes longer runs once."""

_LONGEST_S = 0.1
"""Of one step."""

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
    state = TrainingState(config, pick_device(config.training.device))
    step_s = _step_s(state, config, activation_bytes)
    # As `Decoder` holds it.
    model = state.model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    return Times(_decode_s(model), step_s)


def _step_s(state: TrainingState, config: RunConfig, activation_bytes: int) -> float:
    whole = config.training.batch_size
    count = 1
    while True:
        took = _seconds(partial(_step, state, config, count))
        larger = min(whole, _GROWTH * count)
        if count == whole or larger / count * took > _LONGEST_S or activation_bytes * larger / whole > _MOST_BYTES:
            return took * whole / count
        count = larger


def _step(state: TrainingState, config: RunConfig, count: int) -> None:
    """Take a training step with `count` grey images."""
    data, device = config.data, _device_of(state.model)
    x = torch.full((count, data.channels, data.image_size, data.image_size), 0.5, device=device)
    labels = torch.zeros(count, dtype=torch.int64, device=device) if config.model.classes else None
    moment = Moment(images=count, generator=torch.Generator().manual_seed(0), auxiliary=state.auxiliary)
    terms, _ = state.model(x, torch.zeros(count, config.model.latent_dims, device=device), moment, labels)
    state.backward(terms)
    state.step()


def _decode_s(model: Model) -> float:
    device = _device_of(model)
    code = torch.zeros(1, model.latent_dims, device=device)
    labels = torch.zeros(1, dtype=torch.int64, device=device) if model.conditioning is not None else None
    with torch.inference_mode():
        return _seconds(lambda: to_bytes(model.decode(code, labels)))


def _seconds(run: Callable[[], object]) -> float:
    """Return the shortest of some runs: others may want the processor too. Where it takes long, one run must do."""
    times = [_timed(run)]
    while len(times) <= _RUNS and sum(times) < _ENOUGH_S:
        times.append(_timed(run))
    return min(times)


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return time.perf_counter() - started


def _device_of(model: Model) -> torch.device:
    return next(model.parameters()).device
