"""Sets that outgrow memory: `python benchmarks/bigdata.py [--images 1000000] [--codes 10000000] [--folder DIR]`.

The first table is on encoding 28×28 images, which lie in one .npy, to a folder of memory-mapped arrays by the sample
model: images a second, and the most memory that the process has held, of its own and with the pages of files that it
has mapped, beside that of encoding a hundredth of them; each time in a process of its own.

The second is on opening such a folder in the window's services: from the request until codes, histograms, ranking and
support are there, and then the six images nearest to a place of the plane. The images' file is sparse: of ten million
only those are read that are looked at. Files are in the system's memory where it has room for them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _table import Figure, Row, print_table

from vae_explorer.core.data.samples import spaced
from vae_explorer.core.waiting import let_threads_sleep

MODEL = "digits-2d"
PIECE = 50_000
ROUNDS = 3
SAMPLE_EVERY_S = 0.01


@dataclass(frozen=True)
class Measured:
    """What a process took."""

    seconds: float
    own_mib: float
    """The most memory that only it could have held: not the pages of mapped files."""
    all_mib: float
    before_mib: float
    """What it held of its own before it began, all libraries loaded."""
    more_s: tuple[float, ...] = ()


class Memory:
    """Watches how much memory this process holds, on a thread. Linux only."""

    def __init__(self) -> None:
        self.before = self._held("RssAnon")
        self.own = self.all = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY_S):
            self.own = max(self.own, self._held("RssAnon"))
            self.all = max(self.all, self._held("VmRSS"))

    def _held(self, name: str) -> float:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def main() -> None:
    options = _options()
    let_threads_sleep()  # as the program does; the processes inherit it
    folder = Path(tempfile.mkdtemp(prefix="bigdata-", dir=options.folder))
    os.environ["VAE_EXPLORER_CACHE"], os.environ["VAE_EXPLORER_DATA"] = str(folder / "cache"), str(folder / "data")
    try:
        encoding_rows, encoding_figure = _encoding(folder, options.images)
        opening_rows, opening_figure = _opening(folder, options.codes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    columns = ("", "images", "seconds", "images a second", "own memory, MiB", "beyond the start", "with mapped files")
    print_table("Encoding 28×28 images to a folder", columns, encoding_rows)
    columns = ("", "images", "seconds", "nearest, ms", "own memory, MiB", "beyond the start", "with mapped files")
    figures = [encoding_figure, opening_figure]
    print_table("Opening a folder of codes", columns, opening_rows, options.json, figures)


def _encoding(folder: Path, count: int) -> tuple[list[Row], Figure]:
    rows: list[Row] = []
    measured: list[Measured] = []
    for size in (count // 100, count):
        make_images(folder / f"{size}.npy", size)
        rounds = [
            _in_a_process(encode, folder / f"{size}.npy", folder / f"codes-{size}-{turn}") for turn in range(ROUNDS)
        ]
        chosen = sorted(rounds, key=lambda one: one.seconds)[ROUNDS // 2]
        measured.append(chosen)
        beyond = chosen.own_mib - chosen.before_mib
        rows.append(("encode", size, chosen.seconds, size / chosen.seconds, chosen.own_mib, beyond, chosen.all_mib))
    few, many = measured
    return rows, Figure(
        f"encoding {spaced(count)} 28×28 images to a folder, two-dimensional MLP",
        f"{count / many.seconds / 1000:.0f} k images a second; {many.own_mib:.0f} MiB of memory, for "
        f"{spaced(count // 100)} images {few.own_mib:.0f}",
        "bounded memory",
        many.own_mib - few.own_mib < 64,
    )


def _opening(folder: Path, count: int) -> tuple[list[Row], Figure]:
    _make_sparse_images(folder / "many.npy", count)
    _make_codes(folder / "many-codes", folder / "many.npy", count)
    rounds = [_in_a_process(open_codes, folder / "many.npy", folder / "many-codes") for _ in range(ROUNDS)]
    chosen = sorted(rounds, key=lambda one: one.seconds)[ROUNDS // 2]
    nearest_ms = 1000 * median(chosen.more_s)
    beyond = chosen.own_mib - chosen.before_mib
    row: Row = ("open", count, chosen.seconds, nearest_ms, chosen.own_mib, beyond, chosen.all_mib)
    return [row], Figure(
        f"opening {spaced(count)} two-dimensional codes in the window's services",
        f"{chosen.seconds:.1f} s, {beyond:.0f} MiB of memory; the nearest images in {nearest_ms:.0f} ms",
    )


def make_images(path: Path, count: int) -> None:
    """Write digits again and again, each time shifted, as one .npy."""
    from vae_explorer.core.data.base import ImageShape, read_images

    digits = read_images("sample:digits", ImageShape(28, 1)).images[..., 0]
    made = np.lib.format.open_memmap(path, "w+", np.uint8, (count, 28, 28))
    for start in range(0, count, len(digits)):
        piece = digits[: min(len(digits), count - start)]
        made[start : start + len(piece)] = np.roll(piece, start // len(digits), axis=2)
    made.flush()


def encode(images: Path, codes: Path) -> Measured:
    """Encode as the command does; in a process of its own."""
    from vae_explorer.core.data.base import read_images
    from vae_explorer.core.encoding_to_folder import encode_to_folder
    from vae_explorer.core.model import load_model
    from vae_explorer.core.resources import resource

    model = load_model(resource("models", MODEL))
    memory = Memory()
    started = time.perf_counter()
    encode_to_folder(model, read_images(str(images), model.config.data.shape), codes)
    seconds = time.perf_counter() - started
    memory.stop()
    shutil.rmtree(codes)
    return Measured(seconds, memory.own, memory.all, memory.before)


def _make_sparse_images(path: Path, count: int) -> None:
    """Make a file whose images are all black but for the first: zeros that take no room."""
    with path.open("xb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (count, 28, 28)})
        file.write(b"\xff" * 28 * 28)
        file.truncate(file.tell() + (count - 1) * 28 * 28)


def _make_codes(path: Path, images: Path, count: int) -> None:
    """Make a folder of codes drawn at random, in ten classes, as if the sample model had made them."""
    from vae_explorer.core.code_folder import FACTS, LABELS, LOG_VAR, MEAN
    from vae_explorer.core.data.base import read_images
    from vae_explorer.core.encoding_to_folder import facts_of
    from vae_explorer.core.model import load_model
    from vae_explorer.core.resources import resource

    model = load_model(resource("models", MODEL))
    facts = facts_of(model, read_images(str(images), model.config.data.shape))
    facts = facts.model_copy(update={"label_names": tuple("0123456789"), "complete": True})
    noise = np.random.default_rng(0)
    labels = noise.integers(0, 10, count)
    centres = noise.standard_normal((10, 2)) * 1.2
    path.mkdir()
    means = [centres[labels, dim] + 0.4 * noise.standard_normal(count, np.float32) for dim in range(2)]
    np.save(path / MEAN, np.stack(means).astype(np.float32).T)
    np.save(path / LOG_VAR, np.stack([0.3 * noise.standard_normal(count, np.float32) - 3 for _ in range(2)]).T)
    np.save(path / LABELS, labels)
    (path / FACTS).write_text(facts.model_dump_json())


def open_codes(images: Path, codes: Path) -> Measured:
    """Open codes in a session without a window, and ask for what is nearest; in a process of its own."""
    import importlib

    from PySide6.QtCore import QCoreApplication, QEventLoop

    from vae_explorer.core.resources import resource
    from vae_explorer.services.session import Session
    from vae_explorer.services.settings import SettingsFile
    from vae_explorer.services.state import AppState, Store

    application = QCoreApplication([])
    session = Session(Store(AppState()), SettingsFile(codes.parent / "settings.json"))
    session.failed.connect(_give_up)

    def wait(signal: Any, ask: Callable[[], None]) -> float:
        loop = QEventLoop()
        signal.connect(loop.quit)
        started = time.perf_counter()
        ask()
        loop.exec()
        return time.perf_counter() - started

    wait(session.ready, lambda: session.start(lambda: importlib.import_module("vae_explorer.services.engine"), "cpu"))
    memory = Memory()
    seconds = wait(
        session.embedding.embedded,
        lambda: session.open_model(resource("models", MODEL), images=str(images), codes=codes),
    )
    wait(session.nearby.found, lambda: None)
    places = np.random.default_rng(1).uniform(-2, 2, (9, 2))
    nearest = [
        wait(session.nearby.found, lambda place=place: session.store.update(probe=tuple(map(float, place))))  # type: ignore[misc]
        for place in places
    ]
    memory.stop()
    session.close()
    del application
    return Measured(seconds, memory.own, memory.all, memory.before, tuple(nearest))


def _give_up(message: str) -> None:
    print(message, file=sys.stderr)
    os._exit(1)


def _in_a_process(work: Callable[[Path, Path], Measured], images: Path, codes: Path) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (images, codes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000, help="how many are encoded")
    parser.add_argument("--codes", type=int, default=10_000_000, help="how many are opened")
    parser.add_argument("--folder", type=Path, help="where the files are made: else in the system's temporary folder")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
