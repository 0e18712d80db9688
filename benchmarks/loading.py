"""How fast a folder of images opens: `python benchmarks/loading.py [--photos 300] [--rounds 7] [--growth]`.

The first table is on 640×480 JPEGs opened for the first time at 64×64 in colour: the program beside Pillow in one
thread (decode in full, crop and shrink), in turns in one process, with the images compared. Pillow is measured twice,
since memory costs it a third of its time in a process's first thread, where the C library returns every large block to
the system, and nothing in others. The last line is what no program that calls libjpeg-turbo can do without: decoding
at a quarter of the size, of files in memory, in as many threads as there are processors.

The second is on folders of many small images, opened for the first and for the second time, each time in a process of
its own: seconds, and the most memory held beyond what a folder of one image takes. `--growth` is that table alone, for
1 000 to 1 000 000 images or for those of `--counts`; the files are in the system's memory throughout.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from _many_files import Opened, make_small_images, open_in_a_process, view_of
from _table import Figure, Row, print_table
from numpy.typing import NDArray
from PIL import Image, ImageOps
from simplejpeg import decode_jpeg

from vae_explorer.core.data import cache
from vae_explorer.core.data.base import Images, ImageShape, read_images

SHAPE = ImageShape(64, 3)
QUARTER = (160, 120)
PROMISED_RATIO = 5
PROMISED_COUNT, PROMISED_S = 100_000, 1.0
COUNTS = (1_000, 10_000, PROMISED_COUNT)
GROWTH = (1_000, 10_000, 100_000, 1_000_000)
OPENINGS = 5
LARGEST_MEAN_DIFFERENCE = 1.0
"""Grey levels of 256, between an image of ours and Pillow's: what two good filters differ by."""


@dataclass
class Alternative:
    """One way to read the photos, with what was measured of it, a number for each round."""

    name: str
    work: Callable[[], object]
    seconds: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)
    """All threads together."""

    def measure(self) -> None:
        """Do it once."""
        wall, processor = time.perf_counter(), time.process_time()
        self.work()
        self.seconds.append(time.perf_counter() - wall)
        self.processor_s.append(time.process_time() - processor)

    def ratio_to(self, other: Alternative) -> float:
        """Return how many times as fast as another it is: the median of the rounds' ratios."""
        return median(theirs / ours for ours, theirs in zip(self.seconds, other.seconds, strict=True))


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[cache.ENVIRONMENT_VARIABLE] = str(Path(scratch) / "cache")
        if arguments.growth:
            print_growth(Path(scratch), arguments.counts or GROWTH, arguments.json)
            return
        rows, figures = first_opening(Path(scratch), arguments.photos, arguments.rounds)
        opened = print_growth(Path(scratch), arguments.counts or COUNTS)
    columns = ("first opening", "seconds", "spread", "images/s", "ratio", "CPU ms/image")
    title = f"{arguments.photos} JPEGs of 640×480, medians of {arguments.rounds} (load of the machine {_load()})"
    print_table(title, columns, rows, arguments.json, [*figures, *_figures(opened)])


def first_opening(scratch: Path, count: int, rounds: int) -> tuple[list[Row], list[Figure]]:
    """Compare a first opening with plain Pillow and with decoding alone, in turns."""
    folder = scratch / "photos"
    # Made elsewhere: after much work with large blocks this process would keep its memory.
    maker = multiprocessing.get_context("spawn").Process(target=make_photos, args=(folder, count))
    maker.start()
    maker.join()
    contents = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    plain = Alternative("Pillow, first thread", lambda: plain_pillow(folder))
    other = Alternative("Pillow, another thread", lambda: _in_another_thread(folder))
    ours = Alternative("the program", lambda: read_images(str(folder), SHAPE).images)
    bound = Alternative("libjpeg-turbo alone", lambda: _decode_alone(contents))
    for _ in range(rounds):
        shutil.rmtree(cache.cache_home(), ignore_errors=True)
        for one in (plain, other, ours, bound):
            one.measure()
    rows = [_row(one, plain, count) for one in (plain, other, ours, bound)]
    # Not before: the large arrays of a comparison, too, would change how the C library gives this process memory.
    apart = Figure("how far these images are from Pillow’s", _compare(ours.work(), plain.work()))
    return rows, [_ratio_figure(ours, plain, other, bound), apart]


def plain_pillow(folder: Path) -> list[NDArray[np.uint8]]:
    """Read all images as one would at first: open, convert, fit."""
    size = (SHAPE.size, SHAPE.size)
    return [np.asarray(ImageOps.fit(Image.open(path).convert("RGB"), size)) for path in sorted(folder.glob("*.jpg"))]


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


def print_growth(scratch: Path, counts: list[int] | tuple[int, ...], json_path: Path | None = None) -> list[Opened]:
    """Open folders of small images for the first and the second time, and print how the cost grows."""
    tree = make_small_images(scratch / "small", max(counts))
    opened = [open_in_a_process(view_of(tree, scratch / f"view {count}", count), OPENINGS) for count in counts]
    columns = (
        "small PNGs", "first, s", "first, CPU s", "second, s", "spread", "second, CPU s", "first, MiB", "second, MiB"
    )  # fmt: skip
    title = f"Folders of small images, second openings: medians of {OPENINGS} (load of the machine {_load()})"
    print_table(title, columns, [one.as_row() for one in opened], json_path)
    return opened


def _in_another_thread(folder: Path) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(plain_pillow, folder).result()


def _decode_alone(contents: list[bytes]) -> None:
    decode = partial(decode_jpeg, min_width=QUARTER[0], min_height=QUARTER[1])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(decode, contents):
            pass


def _compare(ours: object, plain: object) -> str:
    """Tell how far the images are apart. Raises SystemExit where they aren't the same pictures."""
    pictures: Images = np.asarray(ours)
    means = np.abs(pictures.astype(int) - np.asarray(plain)).mean(axis=(1, 2, 3))
    if means.max() > LARGEST_MEAN_DIFFERENCE:
        raise SystemExit(f"image {means.argmax()} differs from Pillow’s by {means.max():.1f} levels")
    return f"{means.mean():.2f} of 256 levels on average, {means.max():.2f} in the worst image"


def _row(one: Alternative, plain: Alternative, count: int) -> Row:
    spread, middle = max(one.seconds) - min(one.seconds), median(one.seconds)
    return one.name, middle, spread, count / middle, one.ratio_to(plain), 1000 * median(one.processor_s) / count


def _ratio_figure(ours: Alternative, plain: Alternative, other: Alternative, bound: Alternative) -> Figure:
    ratio, processor = ours.ratio_to(plain), median(plain.processor_s) / median(ours.processor_s)
    here = f"{ratio:.1f} ×, in {processor:.1f} × less of the processor’s time; {ours.ratio_to(other):.1f} × beside "
    return Figure(
        "640×480 JPEGs opened at 64×64 for the first time, beside Pillow in a process’s first thread",
        f"{here}Pillow in another, which it takes a third less; libjpeg-turbo alone: {bound.ratio_to(plain):.1f} ×",
        f"≥ {PROMISED_RATIO} ×",
        ratio >= PROMISED_RATIO,
        "Huffman decoding, which every library leaves to one thread for each file, and what others run meanwhile",
    )


def _figures(opened: list[Opened]) -> list[Figure]:
    figures = []
    for one in opened:
        if one.count == PROMISED_COUNT:
            seconds = median(one.second_s)
            what, here = f"second opening of {one.count:,} cached images", f"{seconds:.2f} s"
            figures.append(Figure(what, here, f"≤ {PROMISED_S:g} s", seconds <= PROMISED_S))
    here = "; ".join(f"{max(one.first_mib, one.second_mib):.0f} MiB for {one.count:,}" for one in opened)
    return [*figures, Figure("memory while opening, of any image size", here, "bounded")]


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=300, help="640×480 JPEGs in the first opening")
    parser.add_argument("--rounds", type=int, default=7, help="turns of the first opening and its alternatives")
    parser.add_argument("--growth", action="store_true", help="folders of many images only, to a million")
    parser.add_argument("--counts", type=int, nargs="+", help="images in these folders; whole thousands")
    parser.add_argument("--json", type=Path, help="where to write the first table, or that of --growth, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
