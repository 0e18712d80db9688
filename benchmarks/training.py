"""How much training costs beyond the arithmetic: `python benchmarks/training.py [--rounds 9] [--json PATH]`.

`train` with reports ten times and snapshots five times a second, as the window asks for them, beside a bare PyTorch
loop over the same network, images, batch size and optimiser. They run in turns, so that both see the same machine; the
ratio is the median over the turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from _table import Row, print_table
from torch.nn import functional

from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import Value, configure
from vae_explorer.core.data.base import ImageSet, ImageShape, read_images
from vae_explorer.core.model import Model
from vae_explorer.core.progress import Control
from vae_explorer.core.training import train

_SECONDS = 1.5
_WARM_UP_S = 0.5

_ENDLESS: dict[str, Value] = {"epochs": 1_000_000, "validation_fraction": 0, "device": "cpu", "batch_size": 128}

Steps = Iterator[int]
"""Yields the number of images trained on so far, again and again."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    digits = read_images("sample:digits")
    noise = _noise()
    rows = [
        compare(
            "digits, 784-400-2 MLP", digits, configure(digits, settings=_ENDLESS | {"hidden": "400"}), arguments.rounds
        ),
        compare("digits, 784-512-256-2 MLP", digits, configure(digits, settings=_ENDLESS), arguments.rounds),
        compare("64×64 colour, convolutional", noise, configure(noise, settings=_ENDLESS), arguments.rounds),
    ]
    columns = ("model", "bare loop, images/s", "train, images/s", "ratio")
    print_table("Training, a VAE with batches of 128 on the CPU", columns, rows, arguments.json)


def compare(title: str, images: ImageSet, config: RunConfig, rounds: int) -> Row:
    """Measure both in turns. Returns a row of the table."""
    bare, ours = bare_loop(images, config), our_loop(images, config)
    for steps in (bare, ours):
        _pace(steps, _WARM_UP_S)
    paces = [(_pace(bare, _SECONDS), _pace(ours, _SECONDS)) for _ in range(rounds)]
    ratio = statistics.median(own / plain for plain, own in paces)
    plain, own = (statistics.median(column) for column in zip(*paces, strict=True))
    return title, plain, own, ratio


def our_loop(images: ImageSet, config: RunConfig) -> Steps:
    """Train as the window does."""
    mean_batch = len(images) / -(-len(images) // config.training.batch_size)
    for moment in train(config, images, None, Control(report_every_s=0.1, snapshot_every_s=0.2)):
        yield round(moment.step * mean_batch)


def bare_loop(images: ImageSet, config: RunConfig) -> Steps:
    """Train as in PyTorch's own VAE example: floats in memory, one loss, nothing told to anybody."""
    data = torch.from_numpy(np.array(images.images)).permute(0, 3, 1, 2).float().div(255).contiguous()
    model = Model.from_config(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    loss_of = _bernoulli if config.model.likelihood == "bernoulli" else _gaussian
    done = 0
    while True:
        for chosen in torch.split(torch.randperm(len(data)), config.training.batch_size):
            x = data[chosen]
            mean, log_var = model.network.encode(x).unbind(1)
            output = model.network.decode(mean + torch.exp(0.5 * log_var) * torch.randn_like(mean))
            loss = loss_of(output, x) - 0.5 * torch.sum(1 + log_var - mean.square() - log_var.exp())
            optimizer.zero_grad()
            torch.autograd.backward(loss / len(x))
            optimizer.step()
            done += len(x)
            yield done


def _bernoulli(output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(output, x, reduction="sum")


def _gaussian(output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return functional.mse_loss(output, x, reduction="sum")


def _pace(steps: Steps, seconds: float) -> float:
    """Return images a second over about `seconds`."""
    first, started = next(steps), time.perf_counter()
    while True:
        done, elapsed = next(steps), time.perf_counter() - started
        if elapsed >= seconds:
            return (done - first) / elapsed


def _noise() -> ImageSet:
    """Make 2 000 images of 64×64 pixels in colour: what they show doesn't matter to the clock."""
    pixels = np.random.default_rng(0).integers(0, 256, (2000, 64, 64, 3), np.uint8)
    names = tuple(map(str, range(len(pixels))))
    return ImageSet("noise", "noise", pixels, names, labels=None, label_names=(), shape=ImageShape(64, 3))


if __name__ == "__main__":
    main()
