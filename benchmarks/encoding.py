"""How fast images become codes: `python benchmarks/encoding.py [--images 200000] [--rounds 3] [--json PATH]`.

28×28 images, memory-mapped bytes as the image cache holds them, are encoded by a 784-512-256-2 VAE on the CPU: by
`encode_images`, and by a bare loop over PyTorch's own layers in batches of 256 and of 1 024. They work in turns, each
in a process that is as it would be without the others: `encode_images` is set up as every command of the program sets
itself up. Ratios are medians over the turns, beside the better of the bare loops. All must give the same codes. Memory
is what a process holds at the most, beyond what it held before and beyond the file's own pages. `--full` is a million
images, `--one-thread` measures seconds of the processor, with one thread each: for a machine that has other work.
Target: 0.9 of the bare loop.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from _table import Figure, Row, print_table
from _turns import Contender, Turns
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vae_explorer.core.data.base import Images
    from vae_explorer.core.model import Model

Codes = NDArray[np.float32]
"""(N, 2·D): means and log-variances."""

OURS = "encode_images"

BARE = {"bare loop, 256 at once": 256, "bare loop, 1 024 at once": 1024}

TARGET = 0.9

CONTENDERS = (*BARE, OURS)

DIFFERENCE = 1e-4
"""Of codes that count as equal: what 32 bits round a sum of 784 products by, and a little more."""


def main() -> None:
    """Make the images, let all encode them in turns, compare, and print. Exits with 1 where codes differ."""
    arguments = _arguments()
    if arguments.contender:
        if arguments.one_thread:
            time.perf_counter = time.process_time
        encode_again_and_again(arguments.contender, Path(arguments.folder))
        return
    count = 1_000_000 if arguments.full else arguments.images
    with tempfile.TemporaryDirectory() as folder:
        make_images(Path(folder) / "images.npy", count)
        paces, memory = measure(folder, arguments)
        differ = largest_difference(Path(folder))
    if differ > DIFFERENCE:
        sys.exit(f"codes differ by {differ:.1e}")
    print(f"codes of {count:,} images differ by {differ:.0e} at most")
    plain = max(BARE, key=lambda name: median(paces[name]))
    ratios = {name: median(own / other for own, other in zip(paces[name], paces[plain], strict=True)) for name in paces}
    rows: list[Row] = [
        (name, median(own), min(own), max(own), ratios[name], f"{memory[name]:.0f} MiB") for name, own in paces.items()
    ]
    columns = ("encoded by", "images/s", "from", "to", f"÷ {plain}", "memory")
    here = f"{ratios[OURS]:.2f} × ({median(paces[OURS]):,.0f} images a second, {memory[OURS]:.0f} MiB held for it)"
    what = f"encoding {count:,} cached 28×28 images, beside a bare batched encoder"
    figure = Figure(what, here, f"≥ {TARGET} ×", ratios[OURS] >= TARGET)
    print_table(f"Encoding {count:,} images of 28×28 on the CPU", columns, rows, arguments.json, [figure])


def make_images(path: Path, count: int) -> None:
    """Write images, the sample digits again and again with other noise on each, as the image cache would."""
    from vae_explorer.core.data.base import read_images

    digits = read_images("sample:digits").images
    random = np.random.default_rng(0)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (count, *digits.shape[1:]))
    for start in range(0, count, len(digits)):
        piece = digits[: count - start] // 2
        images[start : start + len(piece)] = piece + random.integers(0, 128, piece.shape, np.uint8)
    images.flush()


def measure(folder: str, arguments: argparse.Namespace) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Let all encode in turns, after a turn to warm up. Returns images a second, and MiB, of each."""
    words = ["--folder", folder]
    if arguments.one_thread:
        os.environ["OMP_NUM_THREADS"] = "1"
        words.append("--one-thread")
    with ExitStack() as stack:
        contenders = {
            name: stack.enter_context(Contender(__file__, "--contender", name, *words)) for name in CONTENDERS
        }
        # A turn of no seconds ends as soon as all images are encoded once.
        turns = [{name: one.take_turn(0) for name, one in contenders.items()} for _ in range(arguments.rounds + 1)]
    memory = {name: float(_place(Path(folder), name, "MiB").read_text()) for name in CONTENDERS}
    return {name: [turn[name] for turn in turns[1:]] for name in CONTENDERS}, memory


def encode_again_and_again(name: str, folder: Path) -> None:
    """In a contender's process: encode all images in each turn, and leave the codes and the memory held in `folder`."""
    from vae_explorer.core.freed_memory import keep_freed_memory

    if name == OURS:
        keep_freed_memory()

    from vae_explorer.core.configure import configure
    from vae_explorer.core.data.base import read_images
    from vae_explorer.core.model import Model

    images = np.load(folder / "images.npy", mmap_mode="r")
    model = Model.from_config(configure(read_images("sample:digits"), network="mlp", latent_dims=2, device="cpu"))
    turns = Turns()
    held, most = held_mib(), 0.0

    def note() -> None:
        nonlocal most
        most = max(most, held_mib() - held)

    while True:
        codes = encode_by_program(model, images, note) if name == OURS else encode_barely(model, images, note, name)
        turns.did(len(images))
        np.save(_place(folder, name, "npy"), codes)
        _place(folder, name, "MiB").write_text(str(most))


def encode_by_program(model: Model, images: Images, note: Callable[[], None]) -> Codes:
    """Encode as every part of the program does."""
    from vae_explorer.core.encoding import encode_images

    codes = encode_images(model, images, on_progress=lambda _: note())
    if codes.log_var is None:
        msg = "a VAE has a log-variance"
        raise TypeError(msg)
    return np.concatenate([codes.mean, codes.log_var], axis=1)


def encode_barely(model: Model, images: Images, note: Callable[[], None], name: str) -> Codes:
    """Encode by PyTorch's own layers, with the same weights."""
    import torch
    from torch import nn

    encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 4))
    encoder.load_state_dict(model.network.encoder.state_dict())
    pieces = []
    with torch.inference_mode():
        for start in range(0, len(images), BARE[name]):
            x = torch.from_numpy(np.array(images[start : start + BARE[name]])).flatten(1).float().div(255)
            pieces.append(encoder(x))
            note()
    codes: Codes = torch.cat(pieces).numpy()
    return codes


def largest_difference(folder: Path) -> float:
    """Compare the codes that all have left with those of the first."""
    first, *others = (np.load(_place(folder, name, "npy")) for name in CONTENDERS)
    return max(float(np.abs(other - first).max()) for other in others)


def held_mib() -> float:
    """Return the memory that the process holds for itself, not counting pages of files; Linux tells it in pages."""
    _, resident, shared, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _place(folder: Path, name: str, kind: str) -> Path:
    return folder / f"{CONTENDERS.index(name)}.{kind}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--full", action="store_true", help="a million images")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one-thread", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
