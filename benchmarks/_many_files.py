"""Folders of very many small images, and what it takes to open one, measured in a process of its own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from _table import Row
from PIL import Image

from vae_explorer.core.data.base import ImageShape, read_images

SHAPE = ImageShape(28, 1)
_IN_A_FOLDER = 1000


@dataclass(frozen=True)
class Opened:
    """What opening a folder took, the first time and the second."""

    count: int
    first_s: float
    first_processor_s: float
    """All threads together, as below."""
    second_s: list[float]
    second_processor_s: list[float]
    first_mib: float
    second_mib: float
    """The most memory held beyond what a folder of one image takes; each in a fresh process."""

    def as_row(self) -> Row:
        """Return the count and what was measured, second openings as their median and their spread."""
        second, processor_s = median(self.second_s), median(self.second_processor_s)
        spread = max(self.second_s) - min(self.second_s)
        first = self.count, self.first_s, self.first_processor_s
        return *first, second, spread, processor_s, self.first_mib, self.second_mib


def make_small_images(tree: Path, count: int) -> Path:
    """Write 28×28 grey PNGs, a thousand to a folder."""
    encoded = io.BytesIO()
    Image.linear_gradient("L").resize((28, 28)).save(encoded, "PNG")
    for index in range(count):
        path = tree / f"{index // _IN_A_FOLDER:04}" / f"image {index:07}.png"
        if index % _IN_A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(encoded.getvalue())
    return tree


def view_of(tree: Path, view: Path, count: int) -> Path:
    """Make a folder of links to the first folders of `tree`: as many as hold `count` images."""
    view.mkdir()
    for folder in sorted(tree.iterdir())[: count // _IN_A_FOLDER]:
        (view / folder.name).symlink_to(folder)
    return view


def open_in_a_process(folder: Path, openings: int) -> Opened:
    """Open a folder that isn't cached once, and then, in another process, `openings` times."""
    first, second = _measured(folder, 1), _measured(folder, openings)
    return Opened(
        count=first["count"],
        first_s=first["seconds"][0],
        first_processor_s=first["processor_s"][0],
        second_s=second["seconds"],
        second_processor_s=second["processor_s"],
        first_mib=first["mib"],
        second_mib=second["mib"],
    )


def _measured(folder: Path, openings: int) -> dict[str, Any]:
    finished = subprocess.run(
        [sys.executable, __file__, str(folder), str(openings)], capture_output=True, text=True, check=False
    )
    if finished.returncode:
        sys.exit(finished.stderr)
    return dict(json.loads(finished.stdout))


def _open(folder: Path, openings: int) -> dict[str, Any]:
    """Open a folder, and before it one of a single image, for all that is imported meanwhile."""
    with tempfile.TemporaryDirectory() as single:
        make_small_images(Path(single), 1)
        read_images(single, SHAPE)
    before = peak_mib()
    seconds, processor_s, count = [], [], 0
    for _ in range(openings):
        wall, processor = time.perf_counter(), time.process_time()
        count = len(read_images(str(folder), SHAPE))
        seconds.append(time.perf_counter() - wall)
        processor_s.append(time.process_time() - processor)
    return {"count": count, "seconds": seconds, "processor_s": processor_s, "mib": peak_mib() - before}


def peak_mib() -> float:
    """Return the most memory that this process has held so far. NaN on Windows, which doesn't tell."""
    status = Path("/proc/self/status")
    if status.exists():  # the C library's figure begins with that of the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_open(Path(sys.argv[1]), int(sys.argv[2]))) + "\n")
