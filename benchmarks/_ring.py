"""A model of what several ranks gain, for machines that aren't at hand: `ranks.py` tells its formula."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from _table import Row
from torch.utils.flop_counter import FlopCounterMode

from vae_explorer.core.model import Model
from vae_explorer.core.objectives.base import Moment

GPU_FLOPS = 15e12
"""Assumed of one GPU: about a quarter of what data-centre GPUs do at best in single precision."""

GPU_START_S = 1e-3
"""Assumed: so long a step takes at least, whatever its size."""


@dataclass(frozen=True)
class Cluster:
    """GPUs, and the slowest link of the ring through them. Assumed."""

    name: str
    size: int
    bytes_per_s: float
    latency_s: float


CLUSTERS = (
    Cluster("8, PCIe: 20 GB/s, 10 µs", 8, 20e9, 10e-6),
    Cluster("8, NVLink: 200 GB/s, 5 µs", 8, 200e9, 5e-6),
    Cluster("4 × 8, 25 Gbit/s: 2.5 GB/s, 30 µs", 32, 2.5e9, 30e-6),
    Cluster("4 × 8, 400 Gbit/s: 40 GB/s, 15 µs", 32, 40e9, 15e-6),
)


def step_time(there: Cluster, images: float, image_s: float, parameters: int, start_s: float = 0.0) -> float:
    """Return the seconds of a step by the model, with so many images on each rank."""
    traffic = 4 * parameters * 2 * (there.size - 1) / there.size
    return start_s + images * image_s + traffic / there.bytes_per_s + there.latency_s * 2 * (there.size - 1)


def project(name: str, model: Model, batch: int) -> list[Row]:
    """Project a model to each cluster, with as many images on each rank as one has, and with as many in all."""
    image_s, parameters = flops_per_image(model) / GPU_FLOPS, model.count_parameters()
    one = batch / (GPU_START_S + batch * image_s)
    rows: list[Row] = []
    for there in CLUSTERS:
        cells: list[str] = []
        for images in (batch, batch / there.size):
            pace = there.size * images / step_time(there, images, image_s, parameters, GPU_START_S)
            cells += [f"{pace:,.0f}", f"{100 * pace / (there.size * one):.0f} %"]
        rows.append((name, there.name, f"{one:,.0f}", *cells))
    return rows


def flops_per_image(model: Model) -> float:
    """Count the operations of a step, forward and backward, for one image."""
    data = model.config.data
    x = torch.full((2, data.channels, data.image_size, data.image_size), 0.5)
    with FlopCounterMode(display=False) as counter:
        terms, _ = model(x, torch.zeros(2, model.latent_dims), Moment(images=2))
        torch.autograd.backward(terms["loss"].mean())
    return float(counter.get_total_flops()) / 2
