"""What training costs, told before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.commands.console import duration, grouped
from vae_explorer.core.quantities import short_bytes, short_count, short_seconds

if TYPE_CHECKING:
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.cost import Cost


def cost_in_a_line(cost: Cost) -> str:
    """Write “1.2 M parameters, about 85 MB to train, 0.9 ms a decode, about 0:12 an epoch”."""
    parts = [f"{short_count(cost.parameters)} parameters", f"about {short_bytes(cost.training_bytes)} to train"]
    if cost.decode_s is not None:
        parts.append(f"{short_seconds(cost.decode_s)} a decode")
    if cost.epoch_s is not None:
        parts.append(f"about {short_seconds(cost.epoch_s)} an epoch")
    return ", ".join(parts)


def cost_in_rows(cost: Cost, config: RunConfig) -> dict[str, str]:
    """Write each part of the cost beside what it is."""
    training = config.training
    decode = "not measured" if cost.decode_s is None else f"{short_seconds(cost.decode_s)}, one image"
    return {
        "Network": f"{config.model.network}, {_parameters(cost)}",
        "Weights": short_bytes(cost.weight_bytes),
        "Training": f"about {short_bytes(cost.training_bytes)} of memory, {_there(cost)}",
        "Decode": decode,
        "Step": _step(cost, training.batch_size),
        "All": _whole(cost, training.epochs),
    }


def _parameters(cost: Cost) -> str:
    halves = f"encoder {grouped(cost.encoder_parameters)}, decoder {grouped(cost.decoder_parameters)}"
    return f"{grouped(cost.parameters)} parameters ({halves})"


def _there(cost: Cost) -> str:
    there = "" if cost.available_bytes is None else f" of {short_bytes(cost.available_bytes)}"
    return f"on {cost.device}{there}"


def _step(cost: Cost, batch_size: int) -> str:
    took = "not measured" if cost.step_s is None else f"about {short_seconds(cost.step_s)}"
    return f"{took}, {batch_size} image{'' if batch_size == 1 else 's'}"


def _whole(cost: Cost, epochs: int) -> str:
    steps = f"{grouped(epochs * cost.steps_per_epoch)} steps in {epochs} epoch{'' if epochs == 1 else 's'}"
    return steps if cost.epoch_s is None else f"{steps}, about {duration(epochs * cost.epoch_s)}"
