"""What several ranks gain: `python benchmarks/ranks.py [--rounds 5] [--seconds 4] [--json PATH]`.

The first table: one rank with two threads beside two ranks with one each, on the same two cores, in turns, each time in
processes of their own. “Adding up” is the share of its time that the first rank spends in adding up gradients and the
rest, waiting for the other included; what two ranks would do by the model below stands beside it. “Resume” is how long
two ranks take to read what was saved, to hand it over and to put it back.

The second is a projection to machines that weren't at hand. A step of n ranks takes

    s + images of a rank × seconds an image + 4 bytes × parameters × 2·(n − 1)/n / bandwidth + latency × 2·(n − 1)

which is a ring that adds up after the gradients are computed: the worst case, since the program adds up those that are
there while others are computed. In the first table
seconds an image, bandwidth and latency are measured, and s = 0. For GPUs all is assumed: s = 1 ms to start the kernels
of a step, the operations of an image (counted, forward and backward) at a rate that such a GPU sustains, and of the
links between GPUs and hosts the slowest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from _ring import GPU_FLOPS, Cluster, project, step_time
from _table import Figure, Row, print_table
from torch.distributed import TCPStore  # type: ignore[attr-defined]  # torch's own lack

from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import Value, configure
from vae_explorer.core.data.base import ImageSet, ImageShape, read_images
from vae_explorer.core.model import Model
from vae_explorer.core.progress import Control, TrainStep
from vae_explorer.core.ranks import Ranks, joined, ranks
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import train
from vae_explorer.core.waiting import let_threads_sleep

WARM_UP_S = 1.0
BATCH = 128


def main() -> None:
    """Measure, project and print; or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", choices=tuple(SUBJECTS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        with joined():
            print(json.dumps(measure(arguments.measure, arguments.seconds)))
        return
    let_threads_sleep()  # as the program does: the processes that are measured take it over
    measured = [Measured.of(name, arguments.rounds, arguments.seconds) for name in SUBJECTS]
    columns = ("model", "parameters", "1 × 2 threads", "2 × 1 thread", "ratio", "modelled", "adding up", "resume")
    rows = [one.row() for one in measured]
    title = "Two ranks on two cores, batches of 128: images/s"
    print_table(title, columns, rows, arguments.json, [one.figure() for one in measured])
    title = (
        f"Projected to GPUs of {GPU_FLOPS / 1e12:g} TFLOP/s sustained: images/s, and the share of as many times one GPU"
    )
    of_gpus = ("model", "on", "1 GPU", "128 images each", "share", "128 in all", "share")
    models = {name: Model.from_config(subject()[1]) for name, subject in SUBJECTS.items()}
    print_table(title, of_gpus, [row for name, model in models.items() for row in project(name, model, BATCH)])


def digits() -> tuple[ImageSet, RunConfig]:
    """Return the sample digits and their network, fully connected."""
    return prepared(read_images("sample:digits"))


def colour(size: int, count: int, network: str) -> tuple[ImageSet, RunConfig]:
    """Return colour images, of which the clock doesn't mind what they show, and a network."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)
    images = ImageSet("noise", "noise", pixels, ("",) * count, None, (), shape=ImageShape(size, 3))
    return prepared(images, network=network)


def prepared(images: ImageSet, **wishes: str) -> tuple[ImageSet, RunConfig]:
    """Choose a configuration that never ends and validates nothing."""
    endless: dict[str, Value] = {"epochs": 1_000_000, "validation_fraction": 0, "device": "cpu", "batch_size": BATCH}
    return images, configure(images, settings=endless | wishes)


SUBJECTS: dict[str, Callable[[], tuple[ImageSet, RunConfig]]] = {
    "digits, MLP": digits,
    "64×64 colour, conv": lambda: colour(64, 1024, "conv"),
    "128×128 colour, residual": lambda: colour(128, 256, "residual"),
}


def measure(name: str, seconds: float) -> dict[str, float]:
    """Train for some seconds, alone or together, and tell the pace, what adding up takes, and how fast links are."""
    images, config = SUBJECTS[name]()
    adding = Stopwatch.around_sums(ranks())
    steps = train(config, images, None, Control(report_every_s=0.25))
    run_for(steps, WARM_UP_S)
    adding.total_s = 0.0
    started = time.perf_counter()
    done = run_for(steps, seconds)
    took = time.perf_counter() - started
    told = {"images_per_s": done * BATCH / took, "adding": adding.total_s / took}
    return told if ranks().alone else told | links(ranks()) | {"resume_s": resume_s(images, config)}


class Stopwatch:
    """Times what is done between ranks."""

    def __init__(self) -> None:
        self.total_s = 0.0

    @classmethod
    def around_sums(cls, here: Ranks) -> Stopwatch:
        """Time from now on how long whatever is added up is waited for."""
        watch, begin = cls(), here.begin_to_add_up
        here.add_up = watch.timed(here.add_up)  # type: ignore[method-assign]
        here.begin_to_add_up = lambda tensor: watch.timed(watch.timed(begin)(tensor))  # type: ignore[method-assign]
        return watch

    def timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return what does the same and is timed."""

        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            answer = act(*arguments)
            self.total_s += time.perf_counter() - started
            return answer

        return timed


def run_for(steps: Iterator[TrainStep], seconds: float) -> int:
    """Go on for about so long, all ranks as long as the first; return the steps taken."""
    first = next(steps).step
    started = time.perf_counter()
    while True:
        step = next(steps).step
        if ranks().from_chief(lambda: b"enough" if time.perf_counter() - started > seconds else b""):
            return step - first


def links(here: Ranks) -> dict[str, float]:
    """Measure how long the ranks take to add up little and much."""
    times = []
    for count in (1, 4_000_000):
        tensor = torch.ones(count)
        took = []
        for _ in range(20):
            started = time.perf_counter()
            here.add_up(tensor)
            took.append(time.perf_counter() - started)
        times.append(median(took))
    return {"latency_s": times[0] / 2, "bytes_per_s": 4 * 4_000_000 / max(1e-9, times[1] - times[0])}


def resume_s(images: ImageSet, config: RunConfig) -> float:
    """Take a step, save, and measure how long it takes to go on from there."""
    path = Path(ranks().from_chief(lambda: os.fsencode(Path(tempfile.mkdtemp()) / "run")).decode())
    ranks().on_chief(lambda: RunFolder.create(path, config))
    once = Control(report_every_s=0.0)
    steps = train(config, images, RunFolder(path, config), once)
    next(steps), next(steps)
    once.stop()
    for _ in steps:
        pass
    started = time.perf_counter()
    next(train(config, images, RunFolder(path, config), Control(), resume=True))
    return time.perf_counter() - started


@dataclass(frozen=True)
class Measured:
    """A model, by one rank and by two."""

    name: str
    parameters: int
    one: float
    """Images a second."""
    two: float
    ratio: float
    modelled: float
    """What two ranks would do by the model."""
    adding: float
    resume_s: float

    @classmethod
    def of(cls, name: str, rounds: int, seconds: float) -> Measured:
        """Measure in turns."""
        turns = [(run_one(name, seconds, 2), run_two(name, seconds), run_one(name, seconds, 1)) for _ in range(rounds)]
        one, two, single = zip(*turns, strict=True)
        middle = {key: median(turn[key] for turn in two) for key in two[0]}
        parameters = Model.from_config(SUBJECTS[name]()[1]).count_parameters()
        alone_s = 1 / median(turn["images_per_s"] for turn in single)
        here = Cluster("here", 2, middle["bytes_per_s"], middle["latency_s"])
        return cls(
            name,
            parameters,
            median(turn["images_per_s"] for turn in one),
            middle["images_per_s"],
            median(both["images_per_s"] / alone["images_per_s"] for alone, both in zip(one, two, strict=True)),
            BATCH / step_time(here, BATCH / 2, alone_s, parameters),
            middle["adding"],
            middle["resume_s"],
        )

    def row(self) -> Row:
        """Return the line of the table."""
        paces = [f"{pace:,.0f}" for pace in (self.one, self.two)]
        shares = f"{self.modelled:,.0f}", f"{100 * self.adding:.0f} %", f"{1000 * self.resume_s:.0f} ms"
        return (self.name, f"{self.parameters:,}", *paces, self.ratio, *shares)

    def figure(self) -> Figure:
        """Return the line of the README."""
        return Figure(
            f"two ranks of one thread beside one rank of two, {self.name}",
            f"{self.ratio:.2f} ×, {100 * self.adding:.0f} % of the time in adding up",
        )


def run_one(name: str, seconds: float, threads: int) -> dict[str, float]:
    """Measure one process."""
    return wait_for(start(name, seconds, {"OMP_NUM_THREADS": str(threads)}))


def run_two(name: str, seconds: float) -> dict[str, float]:
    """Measure two ranks, which meet at a store of this process; the first tells."""
    store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    meeting = {"MASTER_ADDR": "localhost", "MASTER_PORT": str(store.port), "TORCHELASTIC_USE_AGENT_STORE": "True"}
    size = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    both = [start(name, seconds, {"RANK": str(rank), "LOCAL_RANK": str(rank)} | size | meeting) for rank in range(2)]
    first, _ = [wait_for(process) for process in both]
    return first


def start(name: str, seconds: float, settings: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--measure", name, "--seconds", str(seconds)]
    return subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str]) -> dict[str, float]:
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(f"a process that was to be measured ended with status {process.returncode}")
    told: dict[str, float] = json.loads(out)
    return told


if __name__ == "__main__":
    main()
