"""Travelling the map: `python benchmarks/map.py [--frames 400] [--travel 1500] [--platform xcb] [--json PATH]`.

The plane of the real window is panned by a mouse that moves as soon as the last move has been painted, over places that
must be decoded first: frames a second, and milliseconds from a move to its frame, idle and while training. Then a knob
off the plane is turned in the ten-dimensional sample: milliseconds until the last tile is there anew. At last comes a
long random travel, zooming and panning, each stop waiting for its tiles: how much memory the process holds after a
quarter, a half and all of it, in MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from _table import Figure, Row, print_table
from _window import WatchedWindow, endless, in_fresh_process, open_window, wait_until
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from vae_explorer.screenshot import is_drawn
from vae_explorer.services.state import View

COLUMNS = ("what", "p50, or after ¼", "p95, or after ½", "max, or after all")

PACE = 60
"""Frames a second that are promised."""

TURNS = 30
"""Of the knob."""


def main() -> None:
    """Measure each in a process of its own, and print."""
    arguments = _arguments()
    if arguments.one:
        sys.stdout.write(json.dumps(MEASURES[arguments.one](arguments)) + "\n")
        return
    words = ["--frames", str(arguments.frames), "--travel", str(arguments.travel)]
    rows: list[list[str]] = []
    for name in MEASURES:
        rows += in_fresh_process(__file__, "--one", name, *words, platform=arguments.platform)
    load = os.getloadavg()[0]
    print_table(f"Travelling the map (load of the machine {load:.1f})", COLUMNS, rows, arguments.json, _figures(rows))


def _figures(rows: list[list[str]]) -> list[Figure]:
    figures = []
    for (_, pace, *_), (what, middle, slowest, _) in zip(rows[0:4:2], rows[1:4:2], strict=True):
        here = f"{pace} frames a second, p50 {middle}, p95 {slowest} ms a frame"
        name = what.removesuffix(": ms a frame") + ", tiles arriving, 28×28 MLP"
        figures.append(Figure(name, here, f"≥ {PACE} a second", float(pace) >= PACE))
    (_, middle, slowest, _), (what, *held) = rows[4:]
    figures.append(Figure("from a knob’s move to the last tile, ten dimensions", f"p50 {middle}, p95 {slowest} ms"))
    grown = float(held[-1]) < 1.1 * float(held[0])
    figures.append(Figure(what, ", ".join(held) + " after a quarter, a half, all", "bounded", grown))
    return figures


def pan(arguments: argparse.Namespace) -> list[Row]:
    """Pan idle and while training."""
    rows: list[Row] = []
    with open_window() as window:
        _open(window, "digits-2d")
        rows += _pan(window, arguments.frames, "panning, idle")
        before = window.session.decoding.generation
        model = window.session.store.state.model
        assert model is not None  # noqa: S101  # it is drawn
        window.session.train(endless(model.config))
        wait_until(lambda: window.session.decoding.generation > before + 3)
        rows += _pan(window, arguments.frames, "panning, while training")
    return rows


def turn(_arguments: argparse.Namespace) -> list[Row]:
    """Turn a knob off the plane, a step at a time."""
    taken = []
    with open_window() as window:
        _open(window, "digits-10d")
        for value in np.linspace(-1, 1, TURNS):
            probe = (*window.session.store.state.probe[:-1], float(value))
            started = time.perf_counter()
            window.session.store.update(probe=probe)
            wait_until(lambda: window.plane.mosaic_complete)
            taken.append(1000 * (time.perf_counter() - started))
    return [("from a knob's move to the last tile: ms", *_spread(taken))]


def travel(arguments: argparse.Namespace) -> list[Row]:
    """Go to places at random, at any zoom; look at the memory three times."""
    random = np.random.default_rng(0)
    held = []
    with open_window() as window:
        _open(window, "digits-2d")
        plane, store = window.plane, window.session.store
        home = plane.viewport().view.units_per_pixel
        for stop in range(1, arguments.travel + 1):
            x, y = random.normal(0, 2, 2)
            store.update(view=View(float(x), float(y), home * 2.0 ** -float(random.uniform(0, 6))))
            wait_until(lambda: plane.mosaic_complete)
            if stop in {arguments.travel // 4, arguments.travel // 2, arguments.travel}:
                held.append(f"{_resident_mib():.0f}")
    return [(f"{arguments.travel} stops of a travel: MiB held", *held)]


MEASURES = {"pan": pan, "turn": turn, "travel": travel}


def _open(window: WatchedWindow, sample: str) -> None:
    window.session.open_sample(sample)
    wait_until(lambda: is_drawn(window))


def _pan(window: WatchedWindow, frames: int, name: str) -> list[Row]:
    """Drag the plane about, further and further; return frames a second and the spread of their times."""
    window.session.store.update(view=None)
    plane, painted = window.plane, [0]
    window.drawn.connect(lambda: painted.__setitem__(0, painted[0] + 1))
    middle = QPointF(plane.width() / 2, plane.height() / 2)
    window.session.store.update(view=plane.viewport().zoomed(3, middle))
    _send(window, QEvent.Type.MouseButtonPress, middle)
    taken = []
    for frame in range(frames):
        angle = frame / 40
        offset = QPointF(round(6 * frame * np.cos(angle)), round(6 * frame * np.sin(angle)))
        started, before = time.perf_counter(), painted[0]
        _send(window, QEvent.Type.MouseMove, middle + offset)
        while painted[0] == before:
            QCoreApplication.processEvents()
        taken.append(1000 * (time.perf_counter() - started))
    _send(window, QEvent.Type.MouseButtonRelease, middle)
    per_second = f"{1000 * frames / sum(taken):.0f}"
    return [(f"{name}: frames a second", per_second, "", ""), (f"{name}: ms a frame", *_spread(taken))]


def _send(window: WatchedWindow, kind: QEvent.Type, place: QPointF) -> None:
    none, wheel = Qt.MouseButton.NoButton, Qt.MouseButton.MiddleButton
    button = none if kind == QEvent.Type.MouseMove else wheel
    pressed = none if kind == QEvent.Type.MouseButtonRelease else wheel
    event = QMouseEvent(kind, place, place, button, pressed, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(window.plane, event)


def _spread(taken: list[float]) -> tuple[str, str, str]:
    p50, p95 = np.percentile(taken, [50, 95])
    return f"{p50:.1f}", f"{p95:.1f}", f"{max(taken):.1f}"


def _resident_mib() -> float:
    """Return how much memory the process holds; Linux tells it in pages."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--travel", type=int, default=1500, help="stops of the long travel")
    parser.add_argument("--platform", default="offscreen", help="xcb for a real X server, under Xvfb say")
    parser.add_argument("--one", choices=tuple(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
