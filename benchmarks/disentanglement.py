"""Whether single dimensions come to stand for single factors: `python benchmarks/disentanglement.py [--seeds 2]`.

Each objective trains on `sample:shapes`, whose images are drawn from five known factors, with seeds 0, 1, …; then the
mutual information gap is measured on 10 000 of the images, in both forms (they aren't comparable with each other), and
the ELBO on all of them. By default 20 000 shapes at 32×32, a fully connected network, and minutes. `--json PATH` writes
the table. The whole of the data, as in the README:

    python benchmarks/disentanglement.py --images sample:shapes:all --size 64 --network conv --steps 100000 --seeds 3
        --batch-size 256 --objectives vae,beta-vae,beta-tcvae,factor-vae --device cuda:0
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from _table import Row, print_table

from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape, read_images
from vae_explorer.core.evaluation import choose, measure
from vae_explorer.core.metrics.subject import Subject
from vae_explorer.core.model import Model
from vae_explorer.core.progress import Control
from vae_explorer.core.runtime import pick_device
from vae_explorer.core.training import train

COLUMNS = ("objective", "seeds", "MIG, 20 bins", "MIG, density", "ELBO", "reconstruction", "KL", "minutes")


class Measured(NamedTuple):
    """What a trained model reaches; MIG from 0 to 1, the others in nats per image."""

    histogram: float
    density: float
    elbo: float
    reconstruction: float
    kl: float
    minutes: float
    """That training took."""


def main() -> None:
    """Train, measure and print."""
    arguments = _arguments()
    images = read_images(arguments.images, ImageShape(arguments.size, 1))
    rows: list[Row] = []
    for objective in arguments.objectives.split(","):
        every = list(_each_seed(objective, images, arguments))
        rows += [_row(objective, [one], str(seed)) for seed, one in enumerate(every)]
        rows.append(_row(objective, every, "mean"))
    title = f"{images.title} at {arguments.size}×{arguments.size}, {arguments.network}, {arguments.steps} steps of "
    print_table(title + f"{arguments.batch_size} images, 10 dimensions", COLUMNS, rows, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", default="sample:shapes:20000")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--network", default="mlp")
    parser.add_argument("--objectives", default="vae,beta-tcvae")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _each_seed(objective: str, images: ImageSet, arguments: argparse.Namespace) -> Iterator[Measured]:
    for seed in range(arguments.seeds):
        started = time.perf_counter()
        config = _config(objective, seed, images, arguments)
        model = _trained(config, images)
        minutes = (time.perf_counter() - started) / 60
        figures = _figures(model.to(pick_device(arguments.device)), images)
        yield Measured(*figures, minutes)
        print(f"{objective}, seed {seed}: MIG {figures[0]:.3f} and {figures[1]:.3f}", file=sys.stderr)


def _config(objective: str, seed: int, images: ImageSet, arguments: argparse.Namespace) -> RunConfig:
    return configure(
        images,
        network=arguments.network,
        likelihood="bernoulli",
        objective=objective,
        latent_dims=10,
        batch_size=arguments.batch_size,
        epochs=math.ceil(arguments.steps * arguments.batch_size / len(images)),
        seed=seed,
        device=arguments.device,
        settings={"validation_fraction": 0},
    )


def _trained(config: RunConfig, images: ImageSet) -> Model:
    *_, last = train(config, images, None, Control())
    if last.snapshot is None:
        msg = "training ends with a snapshot"
        raise RuntimeError(msg)
    model = Model.from_config(config)
    model.load_state_dict(dict(last.snapshot.weights))
    return model


def _figures(model: Model, images: ImageSet) -> tuple[float, float, float, float, float]:
    found = {result.name: result.figures or {} for result in measure(Subject(model, images), choose("elbo,mig"))}
    gap, elbo = found["mig"], found["elbo"]
    return gap["histogram_20_bins"], gap["density"], elbo["elbo"], elbo["reconstruction"], elbo["kl"]


def _row(objective: str, measured: list[Measured], seeds: str) -> Row:
    means = Measured(*(statistics.mean(column) for column in zip(*measured, strict=True)))
    digits = (3, 3, 1, 1, 1, 1)
    return objective, seeds, *(f"{mean:.{places}f}" for mean, places in zip(means, digits, strict=True))


if __name__ == "__main__":
    main()
