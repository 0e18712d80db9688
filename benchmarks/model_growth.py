"""How the cost of training and encoding grows: `python benchmarks/model_growth.py [--seconds 1] [--json PATH]`.

With the latent dimensions, 2 to 64, of a 784-512-256 MLP on 28×28 images, and with the images' size, 28 to 256 pixels
in colour, of a convolutional network. `--json` writes a row for each: images a second, to be drawn as curves.
`--one-thread` measures seconds of the processor, with one thread: for a machine that has other work.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from _table import Row, print_table

from vae_explorer.core.freed_memory import keep_freed_memory
from vae_explorer.core.waiting import let_threads_sleep

if TYPE_CHECKING:
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import ImageSet

DIMENSIONS = (2, 4, 8, 16, 32, 64)

SIZES = (28, 64, 128, 256)

BATCH = 128

VALUES = 51_000_000
"""Of all images together: as many are made as have so many, but no more than MOST."""

MOST = 4000

COLUMNS = ("network", "pixels", "dimensions", "trained, images/s", "encoded, images/s")


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    let_threads_sleep()  # before torch and numpy are imported, as every command of the program does
    keep_freed_memory()
    if arguments.one_thread:
        os.environ["OMP_NUM_THREADS"] = "1"
        # For all that is done so and so often in a second, too.
        time.perf_counter = time.monotonic = time.process_time
    rows = [measure(*case, arguments.seconds) for case in cases()]
    print_table("How the cost grows, on the CPU", COLUMNS, rows, arguments.json)


def cases() -> Iterator[tuple[str, int, int]]:
    """Give network, size and latent dimensions of each."""
    yield from (("mlp", 28, dims) for dims in DIMENSIONS)
    yield from (("conv", size, 2) for size in SIZES)


def measure(network: str, size: int, dims: int, seconds: float) -> Row:
    """Measure one, for so long each way after as long to warm up."""
    from vae_explorer.core.configure import configure

    images = make_images(size, channels=1 if network == "mlp" else 3)
    config = configure(
        images,
        network=network,
        latent_dims=dims,
        batch_size=BATCH,
        epochs=1_000_000,
        device="cpu",
        settings={"validation_fraction": 0},
    )
    return network, size, dims, trained_per_s(images, config, seconds), encoded_per_s(images, config, seconds)


def trained_per_s(images: ImageSet, config: RunConfig, seconds: float) -> float:
    """Train, and count from the end of the warm-up on."""
    from vae_explorer.core.progress import Control
    from vae_explorer.core.training import train

    steps = train(config, images, None, Control())
    first, started = 0, None
    for moment in steps:
        now = time.perf_counter()
        if started is None:
            started = now
        elif not first and now - started >= seconds:
            first, started = moment.step, now
        elif first and now - started >= seconds:
            mean_batch = len(images) / -(-len(images) // config.training.batch_size)
            return (moment.step - first) * mean_batch / (now - started)
    msg = "the training has ended"
    raise RuntimeError(msg)


def encoded_per_s(images: ImageSet, config: RunConfig, seconds: float) -> float:
    """Encode pieces again and again, and count from the second on."""
    from vae_explorer.core.encoding import encode_chunks
    from vae_explorer.core.model import Model

    model = Model.from_config(config)
    next(encode_chunks(model, images.images))
    done, started = 0, time.perf_counter()
    while True:
        for _, codes in encode_chunks(model, images.images):
            done += len(codes)
            elapsed = time.perf_counter() - started
            if elapsed >= seconds:
                return done / elapsed


def make_images(size: int, channels: int) -> ImageSet:
    """Make noise: what images show doesn't matter to the clock."""
    import numpy as np

    from vae_explorer.core.data.base import ImageSet, ImageShape

    count = min(MOST, VALUES // (size * size * channels))
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, channels), np.uint8)
    names = tuple(map(str, range(count)))
    shape = ImageShape(size, 1 if channels == 1 else 3)
    return ImageSet("noise", "noise", pixels, names, labels=None, label_names=(), shape=shape)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--one-thread", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
