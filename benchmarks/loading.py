"""How fast a folder of images opens: `python benchmarks/loading.py [--photos 200] [--files 100000] [--json PATH]`.

First opening: 640×480 JPEGs to 64×64 in colour, beside the same with Pillow in one thread and nothing clever.
Second opening: a folder of many small images that is in the cache already.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from _table import Row, print_table
from PIL import Image, ImageOps

from vae_explorer.core.data import cache
from vae_explorer.core.data.base import ImageShape, read_images

_SHAPE = ImageShape(64, 3)
_SMALL_SHAPE = ImageShape(8, 1)
_ROUNDS = 12


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[cache.ENVIRONMENT_VARIABLE] = str(Path(scratch) / "cache")
        rows = [*first_opening(Path(scratch), arguments.photos), *second_opening(Path(scratch), arguments.files)]
    print_table("Opening a folder of images", ("what", "images", "seconds", "images/s", "ratio"), rows, arguments.json)


def first_opening(scratch: Path, count: int) -> list[Row]:
    """Compare a first opening with plain Pillow: the best of some rounds each, in turns, since machines have moods."""
    folder = scratch / "photos"
    # Made elsewhere: after much work with large images a process reads them plainly a third faster than a fresh one.
    maker = multiprocessing.get_context("spawn").Process(target=make_photos, args=(folder, count))
    maker.start()
    maker.join()
    plain, ours = [], []
    for _ in range(_ROUNDS):
        plain.append(_seconds(partial(plain_pillow, folder, _SHAPE.size)))
        ours.append(_seconds(partial(read_images, str(folder), _SHAPE)))
        shutil.rmtree(cache.cache_home())
    return [
        ("Pillow, one thread, plain", count, min(plain), count / min(plain), 1),
        ("first opening", count, min(ours), count / min(ours), min(plain) / min(ours)),
    ]


def second_opening(scratch: Path, count: int) -> list[Row]:
    """Time the opening of a folder that is in the cache, after a first opening."""
    folder = make_small_images(scratch / "small", count)
    open_small = partial(read_images, str(folder), _SMALL_SHAPE)
    first = _seconds(open_small)
    second = min(_seconds(open_small) for _ in range(_ROUNDS))
    return [
        ("first opening, tiny PNGs", count, first, count / first, 1),
        ("second opening, tiny PNGs", count, second, count / second, first / second),
    ]


def plain_pillow(folder: Path, size: int) -> list[object]:
    """Read all images as one would at first: open, convert, fit."""
    return [
        np.asarray(ImageOps.fit(Image.open(path).convert("RGB"), (size, size))) for path in sorted(folder.glob("*.jpg"))
    ]


def make_photos(folder: Path, count: int) -> None:
    """Write 640×480 JPEGs with the coarse shapes and the fine grain of photographs."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8)).resize(
            (640, 480), Image.Resampling.BICUBIC
        )
        grain = random.normal(0, 6, (480, 640, 1))
        photo = np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(photo).save(folder / f"{index:05}.jpg", quality=88)


def make_small_images(folder: Path, count: int) -> Path:
    """Write 8×8 grey PNGs, a thousand to a subfolder."""
    encoded = io.BytesIO()
    Image.linear_gradient("L").resize((8, 8)).save(encoded, "PNG")
    for index in range(count):
        path = folder / f"{index // 1000:03}" / f"image {index:06}.png"
        if index % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(encoded.getvalue())
    return folder


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=200, help="640×480 JPEGs in the first opening")
    parser.add_argument("--files", type=int, default=100_000, help="cached images in the second opening")
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
