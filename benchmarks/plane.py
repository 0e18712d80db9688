"""Panning and zooming the plane's points, beside pyqtgraph's scatter plot: `python benchmarks/plane.py`.

Codes of ten labels in ten clusters, each label in its colour, on 900 × 700 pixels without a mosaic: milliseconds from a
move to its painted frame, zooming in and out and panning by parts of a pixel, so that nothing of the one before can be
kept. pyqtgraph's alternative has an item for each label. Both turn to the same views in turns. Besides: how long it
takes until the points are sorted, off the main thread; to find the point under the cursor; and the memory that is held
for the points, by tracemalloc, beside 20 bytes for each pixel. What is drawn is compared with counts by numpy, in
blocks of 20 × 20 pixels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _table import Figure, Row, print_table
from _window import in_fresh_process, wait_until
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPointF

from vae_explorer import app
from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.clouds import CloudService
from vae_explorer.services.state import AppState, Embedding, Layers, Store, View
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.plane.manner import Manner
from vae_explorer.ui.views.plane.viewport import Viewport

COUNTS = (10_000, 70_000, 300_000, 1_000_000, 3_000_000, 10_000_000)

MOST_PLOTTED = 1_000_000
"""By pyqtgraph, which takes minutes for more."""

SIZE = (900, 700)

PROMISED = {70_000: 8, 1_000_000: 25, 10_000_000: 60}
"""Points: milliseconds, of the slowest twentieth at least."""

BOUND = {70_000: "five pixels a point are added up, and 630 000 cleared and turned into colours, on one thread"}

MOST_BYTES = 24
"""Of memory, a point."""

BLOCK = 20

Floats = NDArray[np.float32]


def main() -> None:
    """Measure each number of points in a process of its own, and print."""
    arguments = _arguments()
    if arguments.one:
        sys.stdout.write(json.dumps(measure(arguments.one, arguments.frames)) + "\n")
        return
    words = ["--frames", str(arguments.frames)]
    results = [in_fresh_process(__file__, "--one", str(count), *words) for count in arguments.counts]
    columns = (
        "points", "zoom p50", "zoom p95", "pan p50", "pan p95", "pyqtgraph", "sorted, s", "pick", "bytes", "theirs",
        "right",
    )  # fmt: skip
    title = f"The plane’s points: milliseconds a frame, bytes a point (load of the machine {os.getloadavg()[0]:.1f})"
    print_table(title, columns, [_row(result) for result in results], arguments.json, _figures(results))


def measure(count: int, frames: int) -> dict[str, Any]:
    """Draw so many points both ways. Returns figures by name, times in milliseconds."""
    app.prepare()
    application = app.make_application()
    # What is imported for the first points, and the 20 bytes for each pixel of the screen, aren't held for the points.
    first, _ = _open_plane(*_codes(70_000))
    first.repaint()
    first.close()
    codes, labels = _codes(count)
    tracemalloc.start()
    plane, settled_s = _open_plane(codes, labels)
    held = tracemalloc.get_traced_memory()[0]
    views = _views(plane.viewport(), frames)
    result: dict[str, Any] = {"count": count, "settled_s": settled_s, "bytes": held / count}
    plot = None
    if count <= MOST_PLOTTED:
        plot = _Plot(codes, labels)
        result["plot_bytes"] = (tracemalloc.get_traced_memory()[0] - held) / count
    tracemalloc.stop()
    for name, moves in views.items():
        ours, theirs = [], []
        for view in moves:
            ours.append(_frame(lambda view=view: _look(plane, view)))  # type: ignore[misc]
            if plot is not None:
                theirs.append(_frame(lambda view=view: plot.look(view)))  # type: ignore[misc]
        result[name] = np.percentile(ours, [50, 95]).tolist()
        result[f"plot {name}"] = float(np.median(theirs)) if theirs else None
    result["pick"] = _picks(plane)
    result["right"] = all(_is_right(plane, codes, view) for view in (views["zoom"][0], views["zoom"][frames // 4]))
    plane.close()
    application.processEvents()
    return result


def _codes(count: int) -> tuple[Floats, NDArray[np.int64]]:
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, count)
    centres = random.normal(0, 1.2, (10, 2)).astype(np.float32)
    codes = random.standard_normal((count, 2), np.float32)
    codes *= np.float32(0.35)
    codes += centres[labels]
    return codes, labels


def _open_plane(codes: Floats, labels: NDArray[np.int64]) -> tuple[PlaneView, float]:
    """Show codes on a plane of its own, and wait until they are drawn. Returns it, and the seconds that took."""
    count = len(codes)
    images = np.broadcast_to(np.zeros((1, 28, 28, 1), np.uint8), (count, 28, 28, 1))
    image_set = ImageSet("codes", "codes", images, (), labels, tuple("0123456789"))
    span = np.quantile(codes[:: -(-count // 16_384)], [0.005, 0.995], axis=0).T.astype(np.float32)
    embedding = Embedding(image_set, codes, None, span, np.zeros((2, 48), np.float32), 0)
    store = Store(AppState(probe=(0.0, 0.0), layers=Layers(mosaic=False, support=False, prior=False)))
    plane = PlaneView(store)
    service = CloudService(plane)
    plane.cloud_wanted.connect(service.make)
    service.made.connect(plane.show_cloud)
    plane.destroyed.connect(service.close)
    plane.resize(*SIZE)
    plane.show()
    started = time.perf_counter()
    store.update(embedding=embedding)
    wait_until(lambda: plane.points_complete)
    settled_s = time.perf_counter() - started
    service.close()
    return plane, settled_s


class _Plot:
    """What anybody would write with pyqtgraph."""

    def __init__(self, codes: Floats, labels: NDArray[np.int64]) -> None:
        import pyqtgraph

        self._widget = pyqtgraph.PlotWidget()
        self._widget.resize(*SIZE)
        for label in range(10):
            chosen = codes[labels == label]
            item = pyqtgraph.ScatterPlotItem(
                x=chosen[:, 0], y=chosen[:, 1], size=3, pen=None, brush=pyqtgraph.intColor(label, 10)
            )
            self._widget.addItem(item)
        self._widget.show()
        QCoreApplication.processEvents()

    def look(self, view: View) -> None:
        x, y = (side / 2 * view.units_per_pixel for side in SIZE)
        self._widget.setRange(xRange=(view.x - x, view.x + x), yRange=(view.y - y, view.y + y), padding=0)
        self._widget.viewport().repaint()


def _look(plane: PlaneView, view: View) -> None:
    plane._store.update(view=view)
    QCoreApplication.sendPostedEvents(plane, QEvent.Type.UpdateRequest.value)
    if plane._picture._picture is None:
        sys.exit("The plane wasn't painted.")


def _frame(draw: Callable[[], None]) -> float:
    started = time.perf_counter()
    draw()
    return 1000 * (time.perf_counter() - started)


def _views(home: Viewport, frames: int) -> dict[str, list[View]]:
    """Zoom in and out again at a place off the middle; and pan on a curve, never by whole pixels."""
    half, place = frames // 2, QPointF(0.55 * SIZE[0], 0.45 * SIZE[1])
    steps = [1.15 ** (step if step < half else frames - step) for step in range(frames)]
    pans = []
    for step in range(frames):
        angle = step / 8
        home = Viewport(home.panned(7.3 * np.cos(angle), 5.3 * np.sin(angle)), home.width, home.height)
        pans.append(home.view)
    return {"zoom": [home.zoomed(factor, place) for factor in steps], "pan": pans}


def _picks(plane: PlaneView) -> float:
    """Find points under the cursor. Returns milliseconds, of the slowest twentieth at least."""
    taken = []
    for x, y in np.random.default_rng(1).uniform(0, SIZE, (300, 2)).tolist():
        started = time.perf_counter()
        plane.image_at(QPointF(x, y))
        taken.append(1000 * (time.perf_counter() - started))
    return float(np.percentile(taken, 95))


def _is_right(plane: PlaneView, codes: Floats, view: View) -> bool:
    """Whether what is drawn has as many points as numpy counts, in each crowded block to one in ten.

    A point that was merged with others may lie over its block's edge, by less than one of the block's twenty pixels.
    """
    _look(plane, view)
    viewport, cloud = plane.viewport(), plane._cloud
    assert cloud is not None  # noqa: S101  # it is drawn
    if not Manner.of(viewport, cloud).is_crowd:
        return True
    pixel = view.units_per_pixel
    mass = np.zeros((SIZE[1] // BLOCK, SIZE[0] // BLOCK))
    for xy, looks in cloud.in_sight(viewport.bounds, pixel):
        x, y = viewport.to_pixels(xy).T
        mass += np.histogram2d(y, x, mass.shape, ((0, SIZE[1]), (0, SIZE[0])), weights=looks[:, 3])[0]
    x, y = viewport.to_pixels(codes).T
    counted, _, _ = np.histogram2d(y, x, mass.shape, ((0, SIZE[1]), (0, SIZE[0])))
    crowded = counted > 400
    return bool(np.abs(mass / np.maximum(counted, 1) - 1)[crowded].max(initial=0) < 0.1)


def _row(result: dict[str, Any]) -> Row:
    plotted = result.get("plot zoom")
    return (
        f"{result['count']:,}", *(round(value, 1) for name in ("zoom", "pan") for value in result[name]),
        "–" if plotted is None else max(plotted, result["plot pan"]), result["settled_s"], result["pick"],
        result["bytes"], result.get("plot_bytes") or "–", "yes" if result["right"] else "NO",
    )  # fmt: skip


def _figures(results: list[dict[str, Any]]) -> list[Figure]:
    figures = []
    for result in results:
        count, slowest = result["count"], max(result["zoom"][1], result["pan"][1])
        if count in PROMISED:
            plotted = result.get("plot zoom")
            beside = "" if plotted is None else f"; pyqtgraph’s p50 {max(plotted, result['plot pan']):.0f}"
            what = f"zooming and panning {count:,} points of ten labels at 900 × 700, ms a frame"
            here, promised = f"p95 {slowest:.0f}{beside}", f"p95 ≤ {PROMISED[count]}"
            figures.append(Figure(what, here, promised, slowest <= PROMISED[count], BOUND.get(count, "")))
        if count == MOST_PLOTTED:
            what = f"finding the point under the cursor among {count:,}"
            figures.append(Figure(what, f"p95 {result['pick']:.2f} ms", "≤ 1 ms", result["pick"] <= 1))
            what, here = f"memory held for each of {count:,} points", f"{result['bytes']:.0f} bytes"
            here += f"; pyqtgraph’s {result['plot_bytes']:.0f}"
            figures.append(Figure(what, here, "≤ 24 bytes", result["bytes"] <= MOST_BYTES))
    return figures


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--frames", type=int, default=40, help="of zooming, and of panning")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
