"""What the window costs training: `python benchmarks/throughput.py [--repeats 4] [--seconds 2.5] [--json PATH]`.

The same training with the window open and untouched, which follows it all the while, and as `train` does it alone.
They run in turns, each in a process of its own, for so many seconds after a second of warming up; the ratio is the
median over the turns. Target: at least 0.9.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from _table import Figure, Row, print_table
from _window import endless, in_fresh_process, make_colour_images, open_window
from PySide6.QtCore import QEventLoop

WARM_UP_S = 1.0

NAMES = {"digits": "28×28 digits, MLP", "colour": "64×64 colour, conv"}

TARGET = 0.9


def main() -> None:
    """Measure all in turns, and print."""
    arguments = _arguments()
    if arguments.one:
        measure = in_window if arguments.window else headless
        sys.stdout.write(json.dumps(measure(arguments.one, arguments.seconds)) + "\n")
        return
    rows = [compare(kind, arguments) for kind in NAMES]
    columns = ("model", "train, images/s", "window, images/s", "ratio", "target")
    title = "Training throughput, headless and with the window open"
    print_table(title, columns, rows, arguments.json, [_figure(row) for row in rows])


def compare(kind: str, arguments: argparse.Namespace) -> Row:
    """Measure one model both ways, in turns. Returns a row of the table."""
    words = ["--one", kind, "--seconds", str(arguments.seconds)]
    turns = [
        (
            in_fresh_process(__file__, *words, platform=arguments.platform),
            in_fresh_process(__file__, *words, "--window", platform=arguments.platform),
        )
        for _ in range(arguments.repeats)
    ]
    ratio = median(window / alone for alone, window in turns)
    alone, window = (median(paces) for paces in zip(*turns, strict=True))
    return NAMES[kind], alone, window, ratio, "met" if ratio >= TARGET else "MISSED"


def _figure(row: Row) -> Figure:
    name, alone, window, ratio, _ = row
    what = f"training with the window open and untouched, beside `train` alone, {name}"
    here = f"{ratio:.2f} × ({window:,.0f} and {alone:,.0f} images/s)"
    return Figure(what, here, f"≥ {TARGET} ×", float(ratio) >= TARGET)


def headless(kind: str, seconds: float) -> float:
    """Train as the command does. Returns images a second."""
    from vae_explorer.core.progress import Control, TrainStep
    from vae_explorer.core.run_folder import RunFolder
    from vae_explorer.core.training import run_training

    images, config = _what_to_train(kind)
    control, pace = Control(), Pace(seconds, config)

    def on_step(step: TrainStep) -> None:
        if pace.is_over(step.step):
            control.stop()

    run_training(config, images, RunFolder.create(_scratch() / "run", config), control, on_step=on_step)
    return pace.images_per_s


def in_window(kind: str, seconds: float) -> float:
    """Train in a window that nobody touches. Returns images a second."""
    with open_window() as window:
        images, config = _what_to_train(kind)
        window.session.store.update(images=images)
        pace = Pace(seconds, config)
        loop = QEventLoop()
        window.session.training.stepped.connect(lambda step: loop.quit() if pace.is_over(step.step) else None)
        window.session.train(config)
        loop.exec()
    return pace.images_per_s


class Pace:
    """Counts images from the end of the warm-up on."""

    def __init__(self, seconds: float, config: Any) -> None:
        self._seconds = seconds
        self._batch_size: int = config.training.batch_size
        self._first: float | None = None
        self._start = (0, 0.0)
        self._end = (0, 0.0)

    def is_over(self, step: int) -> bool:
        """Take note of a step; whether that was long enough."""
        now = time.perf_counter()
        self._first = self._first or now
        if now - self._first < WARM_UP_S:
            self._start = (step, now)
        self._end = (step, now)
        return now - self._start[1] > self._seconds

    @property
    def images_per_s(self) -> float:
        """Images in a second."""
        return self._batch_size * (self._end[0] - self._start[0]) / (self._end[1] - self._start[1])


def _what_to_train(kind: str) -> tuple[Any, Any]:
    from vae_explorer.core.configure import configure
    from vae_explorer.core.data.base import ImageShape, read_images

    if kind == "digits":
        images = read_images("sample:digits")
        return images, endless(configure(images))
    images = read_images(str(make_colour_images(_scratch() / "discs")), ImageShape(64, 3))
    return images, endless(configure(images, network="conv", latent_dims=2))


def _scratch() -> Path:
    from vae_explorer.services.settings import data_folder

    return data_folder()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.5)
    parser.add_argument("--platform", default="offscreen", help="xcb for a real X server, under Xvfb say")
    parser.add_argument("--window", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=tuple(NAMES), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
