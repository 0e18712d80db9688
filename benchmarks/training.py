"""How fast training is: `python benchmarks/training.py [--rounds 5] [--seconds 1] [--one-thread] [--json PATH]`.

`train`, with reports ten times and snapshots five times a second as the window asks for them, beside a bare PyTorch
loop over the same network (floats in memory, one loss, nothing told to anybody) with PyTorch's default Adam and with
its fused one, and beside pythae (where it is installed: `pip install --no-deps pythae cloudpickle tqdm`). They train in
turns, each in a process that is as it would be without the others: `train` is set up as every command of the program
sets itself up, which keeps freed memory; the fused loop runs once more so, to tell what that alone does. Threads sleep
while they wait, for all. Ratios are medians over the turns, beside the default Adam's.
`--one-thread` measures seconds of the processor, with one thread each: for a machine that has other work.

First `train` and the bare loop train from the same weights, with the same batches and noise, and must have the same
losses. Targets: 784-512-2 MLP 1.35 of the bare loop and 1.6 of pythae; 64×64 colour convolutions 1.15 of the bare loop.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from _table import Figure, Row, print_table
from _turns import Contender, Turns

if TYPE_CHECKING:
    from _plain import PlainConvVae, PlainVae

    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import ImageSet

NAMES = {"digits": "28×28 digits, MLP 784-512-2", "colour": "64×64 colour, convolutional"}

BATCH = 128

SHAPE = 1, 28, 28

OURS, DEFAULT, PYTHAE = "train", "bare loop, default Adam", "pythae"

TARGETS = {"digits": {DEFAULT: 1.35, PYTHAE: 1.6}, "colour": {DEFAULT: 1.15}}

COMPARED_STEPS = 10

Paces = Mapping[str, list[float]]
"""Of each contender in each turn, in images a second."""


BOUND = "multiplying matrices, which here MKL does as fast as oneDNN"
"""Where the targets are missed: on a machine where MKL leaves AVX-512 alone they are met."""


def main() -> None:
    """Check, measure all in turns, and print. Exits with 1 where the losses differ."""
    arguments = _arguments()
    if arguments.contender:
        if arguments.one_thread:
            # For all that is done so and so often in a second, too: on a busy machine it would be done too often.
            time.perf_counter = time.monotonic = time.process_time
        CONTENDERS[arguments.contender](arguments.one, Turns())
        return
    rows: list[Row] = []
    figures: list[Figure] = []
    for kind, name in NAMES.items():
        differ = largest_difference(kind)
        if differ > 1e-4:
            sys.exit(f"{name}: losses differ from the bare loop's by {differ:.1e} of themselves.")
        paces = measure(kind, arguments)
        rows += [_row(kind, one, paces) for one in paces]
        figures += [_figure(kind, other, target, paces) for other, target in TARGETS[kind].items() if other in paces]
        print(f"{name}: over {COMPARED_STEPS} steps losses differ by {differ:.0e} of themselves at most")
    columns = ("model", "trained by", "images/s", "from", "to", "÷ default Adam")
    print_table(f"Training a VAE with batches of {BATCH} on the CPU", columns, rows, arguments.json, figures)


def measure(kind: str, arguments: argparse.Namespace) -> Paces:
    """Let all train in turns, after a turn to warm up."""
    names = [name for name in CONTENDERS if name != PYTHAE or (kind == "digits" and importlib.util.find_spec("pythae"))]
    words = ["--one", kind]
    if arguments.one_thread:
        os.environ["OMP_NUM_THREADS"] = "1"
        words.append("--one-thread")
    with ExitStack() as stack:
        contenders = {name: stack.enter_context(Contender(__file__, *words, "--contender", name)) for name in names}
        turns = [
            {name: one.take_turn(arguments.seconds) for name, one in contenders.items()}
            for _ in range(arguments.rounds + 1)
        ]
    return {name: [turn[name] for turn in turns[1:]] for name in names}


def train_ours(kind: str, turns: Turns) -> None:
    """Train as the window does."""
    from vae_explorer.core.freed_memory import keep_freed_memory

    keep_freed_memory()

    from vae_explorer.core.progress import Control
    from vae_explorer.core.training import train

    images, config = what_to_train(kind)
    before = 0
    for moment in train(config, images, None, Control(report_every_s=0.1, snapshot_every_s=0.2)):
        # The last batch of an epoch may be smaller.
        turns.did(round((moment.step - before) * len(images) / -(-len(images) // BATCH)))
        before = moment.step


def train_bare(kind: str, turns: Turns, *, fused: bool = False, kept: bool = False) -> None:
    """Train as in PyTorch's own VAE example; `kept`: with freed memory kept."""
    from vae_explorer.core.freed_memory import keep_freed_memory

    if kept:
        keep_freed_memory()

    from _plain import plain_steps

    images, _ = what_to_train(kind)
    for count in plain_steps(plain_model(kind), floats(images), BATCH, fused=fused, loss_of=_loss_of(kind)):
        turns.did(count)


def train_by_pythae(kind: str, turns: Turns) -> None:
    """Train an MLP with pythae's own loss, loader and trainer."""
    from _plain import PlainVae
    from _pythae import train_with_pythae

    images, _ = what_to_train(kind)
    model = PlainVae(SHAPE, hidden=512, latent_dims=2)
    train_with_pythae(model, floats(images), 10**6, BATCH, seed=0, on_step=lambda: turns.did(BATCH))


CONTENDERS: dict[str, Callable[[str, Turns], None]] = {
    DEFAULT: train_bare,
    "bare loop, fused Adam": lambda kind, turns: train_bare(kind, turns, fused=True),
    "the same, freed memory kept": lambda kind, turns: train_bare(kind, turns, fused=True, kept=True),
    PYTHAE: train_by_pythae,
    OURS: train_ours,
}


def largest_difference(kind: str) -> float:
    """Train both ways from the same weights with the same batches and noise; compare the losses of every step.

    By a tenth of the usual rate: Adam divides by how large gradients are, so that what differs by rounding soon differs
    by more, in any two loops.
    """
    import torch
    from _plain import take_step

    from vae_explorer.core.batches import BatchPlan, noise_generator, split
    from vae_explorer.core.model import Model
    from vae_explorer.core.progress import Control
    from vae_explorer.core.training import train

    images, config = what_to_train(kind, learning_rate=1e-4)
    model, data = plain_model(kind), floats(images)
    first = Model.from_config(config).network.state_dict().values()
    model.load_state_dict(dict(zip(model.state_dict(), first, strict=True)))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.training.learning_rate)
    plan = BatchPlan(split(len(images), 0, config.training.seed)[0], BATCH, config.training.seed)
    generator = noise_generator(config.training.seed)
    steps = train(config, images, None, Control(report_every_s=0))
    differences: list[float] = []
    for moment in steps:
        if moment.training is None:
            continue
        chosen = plan.batch(len(differences))
        noise = torch.randn(len(chosen), model.latent_dims, generator=generator)
        loss = take_step(model, optimizer, data[chosen], noise, _loss_of(kind)).item() + _constant(kind, data)
        differences.append(abs(moment.training["loss"] / loss - 1))
        if len(differences) == COMPARED_STEPS:
            break
    return max(differences)


def what_to_train(kind: str, learning_rate: float = 1e-3) -> tuple[ImageSet, RunConfig]:
    """Return images, whatever those in colour show, and how to train on them."""
    import numpy as np

    from vae_explorer.core.configure import Value, configure
    from vae_explorer.core.data.base import ImageSet, ImageShape, read_images

    if kind == "digits":
        images = read_images("sample:digits")
    else:
        pixels = np.random.default_rng(0).integers(0, 256, (2000, 64, 64, 3), np.uint8)
        names = tuple(map(str, range(len(pixels))))
        images = ImageSet("noise", "noise", pixels, names, labels=None, label_names=(), shape=ImageShape(64, 3))
    settings: dict[str, Value] = {"epochs": 1_000_000, "validation_fraction": 0, "device": "cpu", "batch_size": BATCH}
    settings |= {"latent_dims": 2, "learning_rate": learning_rate}
    settings |= {"network": "mlp", "likelihood": "bernoulli", "hidden": "512"} if kind == "digits" else {}
    return images, configure(images, settings=settings)


def plain_model(kind: str) -> PlainVae | PlainConvVae:
    """Make the same network of PyTorch's own layers."""
    from _plain import PlainConvVae, PlainVae

    return PlainVae(SHAPE, hidden=512, latent_dims=2) if kind == "digits" else PlainConvVae(colours=3)


def floats(images: ImageSet) -> Any:
    """Return the images as (N, C, H, W) float32 in [0, 1]."""
    import numpy as np
    import torch

    return torch.from_numpy(np.array(images.images)).permute(0, 3, 1, 2).float().div(255).contiguous()


def _loss_of(kind: str) -> Any:
    from _plain import cross_entropy, squared_error

    return cross_entropy if kind == "digits" else squared_error


def _constant(kind: str, data: Any) -> float:
    """Return what the Gaussian's −log p has beyond the squared error."""
    import math

    return 0.0 if kind == "digits" else 0.5 * data[0].numel() * math.log(math.pi)


def _ratio(paces: Paces, name: str, other: str) -> float:
    return median(own / plain for own, plain in zip(paces[name], paces[other], strict=True))


def _row(kind: str, name: str, paces: Paces) -> Row:
    own = paces[name]
    return NAMES[kind], name, median(own), min(own), max(own), _ratio(paces, name, DEFAULT)


def _figure(kind: str, other: str, target: float, paces: Paces) -> Figure:
    ratio = _ratio(paces, OURS, other)
    here = f"{ratio:.2f} × ({median(paces[OURS]):,.0f} and {median(paces[other]):,.0f} images a second)"
    return Figure(f"training beside {other}, {NAMES[kind]}", here, f"≥ {target} ×", ratio >= target, BOUND)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn")
    parser.add_argument("--one-thread", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=tuple(NAMES), help=argparse.SUPPRESS)
    parser.add_argument("--contender", choices=tuple(CONTENDERS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
