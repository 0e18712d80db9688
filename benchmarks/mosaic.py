"""The plane's mosaic: `python benchmarks/mosaic.py [--repeats 15] [--growth] [--json PATH]`.

20×20 images that the real window has never decoded come into sight at once, on the sample and on a 64×64 colour
convolutional model. It is timed from the change of the view until all are there (known), and until a frame with all of
them is drawn; then, in looks of their own, until the first frame that shows something everywhere (coarse). Beside each,
in turns, the same codes go through the same weights in plain PyTorch: one batch, channels last, inference mode, all
threads, left as floating point numbers. Targets: known within 1.3 × of that, coarse within 35 ms. What the window
decoded must be what plain PyTorch did, but for the rounding.

`--growth` decodes 100 codes, and one, instead: convolutional models of images from 28 to 256 pixels, and MLPs of 2 to
64 latent dimensions, beside plain PyTorch too. It prints a row for each model, in milliseconds that one core worked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _table import Figure, print_table
from _window import WatchedWindow, in_fresh_process, open_window, show_model, wait_until
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage, QPixmap

from vae_explorer.core.latent.plane import Lifted
from vae_explorer.services.mosaic import Tiles
from vae_explorer.services.state import Layers, View
from vae_explorer.ui import theme

NAMES = {"digits": "28×28, MLP", "colour": "64×64×3, conv"}

SIDE, TILE_PX, STEP = 20, 32, 2.0**-6
"""Tiles in a row, how large they are on the screen, and how far apart in the plane."""

PLANE_PX = SIDE * TILE_PX - 24
"""Both outermost tiles of a row are cut, and none beyond them is in sight."""

APART = 32
"""From one look to the next, in tiles: what is decoded for one is in no other's sight."""

MOST_RATIO, MOST_COARSE_MS = 1.3, 35
"""The targets."""

SMALL_MS = 5
"""A bare decode that is shorter is no longer what takes most of the time."""

EMPTY = 0.01
"""Of a frame that shows something everywhere, no larger share is as the empty plane."""

GROWTH = [("conv", size, 3, 2) for size in (28, 32, 48, 64, 96, 128, 192, 256)] + [
    ("mlp", 28, 1, dims) for dims in (2, 4, 8, 16, 32, 64)
]
"""Network, image size, channels, latent dimensions."""

GROWTH_CODES = 100

SINGLE_TURNS = 10
"""A single code is decoded so many times as often."""

Floats = NDArray[np.float32]
Tile = tuple[int, int]
"""Its column and row."""


def main() -> None:
    """Measure, and print."""
    arguments = _arguments()
    if arguments.one:
        sys.stdout.write(json.dumps(measure(arguments.one, arguments.repeats)) + "\n")
    elif arguments.growth:
        _print_growth(arguments)
    else:
        _print_mosaics(arguments)


def measure(kind: str, repeats: int) -> dict[str, Any]:
    """Look at one mosaic after another, each beside the bare decode of its codes, in this process."""
    with open_window() as window:
        show_model(window, kind)
        window.plane.setFixedSize(PLANE_PX, PLANE_PX)
        window.session.store.update(layers=Layers(points=False, prior=False, support=False))
        wait_until(lambda: window.plane.width() == PLANE_PX and window.plane.mosaic_complete)
        model = window.session.store.state.model
        assert model is not None and model.run is not None  # noqa: S101, PT018  # it is shown
        bare, looker = _bare_decoder(model.run), Looker(window)
        looks = []
        for number in range(2 * repeats + 2):
            look = looker.look(number, coarsely=number % 2 == 1)
            look.compare(bare)
            looks.append(look)
    return _summary(looks[2:])  # from the first ones the window learns how long this model takes


@dataclass
class Look:
    """What was asked for at a new place of the plane, what came, and when: milliseconds."""

    began: float
    first_tile: Tile
    """In sight, at the lower left."""
    coarsely: bool
    """Whether to look out for the first frame that shows something everywhere."""
    request: Any = None
    """The newest `TileRequest`."""
    outstanding: int = 0
    """How many of its tiles haven't come."""
    asked: list[tuple[NDArray[np.int64], Lifted]] = field(default_factory=list)
    came: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = field(default_factory=list)
    known_ms: float | None = None
    painted_ms: float | None = None
    coarse_ms: float | None = None
    bare_ms: float = 0.0
    largest_difference: int = 0

    def note(self) -> float:
        """Return the milliseconds that have gone by."""
        return 1000 * (time.perf_counter() - self.began)

    @property
    def is_over(self) -> bool:
        """Whether all has come, what lies beyond the edges too."""
        return self.painted_ms is not None and self.request is not None and not self.outstanding

    def compare(self, bare: Callable[[Floats], tuple[Floats, float]]) -> None:
        """Decode what was in sight plainly, and hold both against each other."""
        column, row = self.first_tile
        in_sight = [(column + across, row + up) for up in range(SIDE) for across in range(SIDE)]
        codes, images = _by_tile(self.asked), _by_tile(self.came)
        expected, self.bare_ms = bare(np.stack([codes[tile] for tile in in_sight]))
        rounded = np.rint(255 * expected.transpose(0, 2, 3, 1)).astype(int)
        decoded = np.stack([images[tile] for tile in in_sight])
        self.largest_difference = int(np.abs(decoded - rounded).max())


def _by_tile(parts: list[tuple[NDArray[np.int64], Any]]) -> dict[Tile, Any]:
    """Sort what was asked or came, in parts, by tile. Done afterwards: it would take the time that is measured."""
    found: dict[Tile, Any] = {}
    for tiles, values in parts:
        found |= zip(map(tuple, tiles.tolist()), np.asarray(values), strict=True)
    return found


class Looker(QObject):
    """Turns the plane to new places, and watches what comes."""

    def __init__(self, window: WatchedWindow) -> None:
        super().__init__()
        self._window = window
        self._look: Look | None = None
        window.plane.tiles_wanted.connect(self._on_wanted)
        window.session.mosaic.decoded.connect(self._on_tiles)  # after the plane, which has them by now
        window.drawn.connect(self._on_drawn)

    def look(self, number: int, *, coarsely: bool) -> Look:
        """Go where nothing has been decoded, and wait for all of it."""
        middle = np.array([APART * (number % 8), APART * (number // 8)])
        x, y = (middle + 0.5) * STEP
        self._look = look = Look(time.perf_counter(), tuple((middle - SIDE // 2 + 1).tolist()), coarsely)
        self._window.session.store.update(view=View(float(x), float(y), STEP / TILE_PX))
        wait_until(lambda: look.is_over)
        self._look = None
        return look

    def _on_wanted(self, request: Any, codes: Lifted) -> None:
        if self._look is not None:
            self._look.request, self._look.outstanding = request, len(codes)
            self._look.asked.append((request.tiles, codes))

    def _on_tiles(self, tiles: Tiles) -> None:
        look = self._look
        if look is None:
            return
        if look.known_ms is None and self._window.plane.mosaic_known:
            look.known_ms = look.note()
        look.came.append((tiles.request.tiles[tiles.first : tiles.first + len(tiles.pixels)], tiles.pixels))  # type: ignore[attr-defined]
        if tiles.request is look.request:
            look.outstanding -= len(tiles.pixels)

    def _on_drawn(self) -> None:
        look = self._look
        if look is None:
            return
        now = look.note()
        if look.painted_ms is None and self._window.plane.mosaic_complete:
            look.painted_ms = now
        if (
            look.coarsely
            and look.coarse_ms is None
            and _shows_something_everywhere(self._window.plane._picture._picture)
        ):
            look.coarse_ms = now


def _shows_something_everywhere(picture: QPixmap | None) -> bool:
    """Whether no part of the plane is empty; axes don't cover much of it."""
    if picture is None:
        return False
    plain = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    return float((words[:, : plain.width()] == QColor(theme.BACKGROUND).rgb()).mean()) < EMPTY


def _bare_decoder(run: Path) -> Callable[[Floats], tuple[Floats, float]]:
    """Return what decodes codes (n, D) plainly to (n, C, H, W), and tells the milliseconds that it took."""
    from vae_explorer.core.model import load_model

    return _plainly(load_model(run), time.perf_counter)


def _plainly(model: Any, clock: Callable[[], float]) -> Callable[[Floats], tuple[Floats, float]]:
    import torch

    threads = torch.get_num_threads()
    model = model.eval().to(memory_format=torch.channels_last)

    def decode(codes: Floats) -> tuple[Floats, float]:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            z = torch.from_numpy(codes)
            started = clock()
            images = model.decode(z)
            return images.numpy(), 1000 * (clock() - started)

    return decode


def _summary(looks: list[Look]) -> dict[str, Any]:
    whole = [look for look in looks if not look.coarsely]
    bare = median(look.bare_ms for look in looks)
    known = [look.known_ms or np.nan for look in whole]
    coarse = [look.coarse_ms or np.nan for look in looks if look.coarsely]
    return {
        "bare": bare,
        "known": median(known),
        "spread": max(known) - min(known),
        "ratio": median(known) / bare,
        "painted": median(look.painted_ms or np.nan for look in whole),
        "coarse": median(coarse),
        "coarse_p90": float(np.percentile(coarse, 90)),
        "difference": max(look.largest_difference for look in looks),
    }


def _print_mosaics(arguments: argparse.Namespace) -> None:
    rows, figures = [], []
    for kind, name in NAMES.items():
        words = ["--one", kind, "--repeats", str(arguments.repeats)]
        took = in_fresh_process(__file__, *words, platform=arguments.platform)
        rows.append((name, *took.values()))
        figures += _figures(name, took)
        if took["difference"] > 1:
            sys.exit(f"What the mosaic shows isn't what the model decodes: {took['difference']} levels apart.")
    columns = (
        "model", "bare decode", "known", "spread", "ratio", "painted", "coarse", "coarse p90", "levels apart"
    )  # fmt: skip
    title = f"{SIDE}×{SIDE} images of the mosaic: milliseconds, medians of {arguments.repeats}"
    print_table(title, columns, rows, arguments.json, figures)


def _figures(name: str, took: dict[str, float]) -> list[Figure]:
    whole = f"{took['ratio']:.2f} × ({took['known']:.0f} and {took['bare']:.1f} ms)"
    is_small = took["bare"] < SMALL_MS
    bound = (
        "asking, crossing threads and laying out take longer than so small a model"
        if is_small
        else "what comes is sorted and painted on the cores that decode"
    )
    return [
        Figure(
            f"{SIDE}×{SIDE} images of the map beside a bare decode of all, {name}",
            whole,
            f"≤ {MOST_RATIO} ×",
            took["ratio"] <= MOST_RATIO,
            bound,
        ),
        Figure(
            f"to the first picture of all that is in sight, {name}",
            f"{took['coarse']:.0f} ms",
            f"≤ {MOST_COARSE_MS} ms",
            took["coarse"] <= MOST_COARSE_MS,
        ),
    ]


def _print_growth(arguments: argparse.Namespace) -> None:
    """Tell how the cost of a decode grows with the images and with the code."""
    import torch

    torch.set_num_threads(1)
    rows = [_cost(*model, arguments.repeats) for model in GROWTH]
    columns = (
        "network", "pixels", "channels", "latent dims", "parameters", "one, ms", "one bare, ms", "each of 100, ms",
        "each of 100 bare, ms",
    )  # fmt: skip
    print_table(f"A decode as models grow, medians of {arguments.repeats}", columns, rows, arguments.json)


def _cost(network: str, size: int, channels: int, dims: int, repeats: int) -> tuple[str | float, ...]:
    from vae_explorer.core.config import DataConfig, ModelConfig, RunConfig
    from vae_explorer.core.decoding import Decoder
    from vae_explorer.core.model import Model

    data = DataConfig(source="sample:digits", image_size=size, channels=channels)
    config = RunConfig(data=data, model=ModelConfig(network=network, likelihood="gaussian", latent_dims=dims))
    model = Model.from_config(config)
    ours, bare = Decoder(config, model.state_dict()), _plainly(model, time.thread_time)
    codes = np.random.default_rng(0).normal(size=(GROWTH_CODES, dims)).astype(np.float32)
    each = []
    for count, turns in ((1, SINGLE_TURNS * repeats), (GROWTH_CODES, repeats)):
        times: list[tuple[float, float]] = []
        for _ in range(turns + 1):
            started = time.thread_time()
            ours.decode(codes[:count])
            times.append((1000 * (time.thread_time() - started), bare(codes[:count])[1]))
        each += [median(of_one) / count for of_one in zip(*times[1:], strict=True)]
    return network, size, channels, dims, model.count_parameters(), *each


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--growth", action="store_true", help="how decoding's cost grows with images and codes")
    parser.add_argument("--platform", default="offscreen", help="xcb for a real X server, under Xvfb say")
    parser.add_argument("--one", choices=tuple(NAMES), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
