"""How cost grows with points, images, pixels and latent dimensions: `python benchmarks/growth.py [--out PNG]`.

Runs `plane.py` and `model_growth.py`, and `loading.py` and `mosaic.py` with `--growth`, which takes some fifteen
minutes, and draws what they measure on logarithmic axes: resources/readme/growth.png unless `--out` says otherwise.
`--keep FOLDER` keeps their tables as JSON there, and takes those that are there already instead of measuring again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

RUNS: dict[str, list[str]] = {"plane": [], "loading": ["--growth"], "mosaic": ["--growth"], "model_growth": []}

COLOURS = ("#4aa3ff", "#ffb454", "#7ee0a1", "#e58fd0", "#a3a9b8")

SIZE = (1500, 880)

LEAST_APART = 0.1
"""Names of ticks, in powers of ten."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """One picture: what grows, and the columns of a table that grow with it."""

    title: str
    across: str
    up: str
    rows: Rows
    key: str
    """The column of what grows."""
    columns: Mapping[str, str]
    """Columns, and what they are called."""
    legend: tuple[int, int] = (12, 6)
    """Where it stands: from the left, and from the top; negative, from the bottom."""

    def points(self, column: str) -> list[tuple[float, float]]:
        """Return what grows, and what it costs; where it wasn't measured there is nothing."""
        pairs = [(_number(row[self.key]), _number(row[column])) for row in self.rows]
        return [(x, y) for x, y in pairs if math.isfinite(y) and y > 0]

    def ticks_across(self) -> list[tuple[float, str]]:
        """Return a tick for each measurement, and its name, where there is room for it."""
        ticks: list[tuple[float, str]] = []
        for value in sorted({_number(row[self.key]) for row in self.rows}):
            place = math.log10(value)
            roomy = not ticks or place - ticks[-1][0] > LEAST_APART
            ticks += [(place, _short(value))] if roomy else []
        return ticks

    def ticks_up(self) -> list[tuple[float, str]]:
        """Return ticks at 1, 2 and 5 of each power of ten."""
        costs = [cost for column in self.columns for _, cost in self.points(column)]
        low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
        values = [step * 10.0**power for power in range(low, high + 1) for step in (1, 2, 5)]
        return [(math.log10(value), _short(value)) for value in values]


def main() -> None:
    """Measure, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE.parent / "resources" / "readme" / "growth.png")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        tables = {name: _measured(name, folder / f"{name}.json") for name in RUNS}
    draw(panels(tables), arguments.out)


def _measured(name: str, path: Path) -> Rows:
    if not path.exists():
        words = [sys.executable, str(HERE / f"{name}.py"), *RUNS[name], "--json", str(path)]
        subprocess.run(words, check=True)
    rows: Rows = json.loads(path.read_text())["rows"]
    return rows


def panels(tables: Mapping[str, Rows]) -> list[Panel]:
    """Choose what to draw."""
    decoding = {"one, ms": "one", "each of 100, ms": "each of 100", "each of 100 bare, ms": "each of 100, bare PyTorch"}
    pace = {"trained, images/s": "training", "encoded, images/s": "encoding"}
    decoders, models = (
        {network: [row for row in tables[name] if row["network"] == network] for network in ("conv", "mlp")}
        for name in ("mosaic", "model_growth")
    )
    return [
        Panel(
            "Zooming the plane", "points", "ms a frame", tables["plane"], "points",
            {"zoom p50": "p50", "zoom p95": "p95", "pyqtgraph": "pyqtgraph, p50"},
        ),
        Panel(
            "Opening a folder of small images", "images", "seconds", tables["loading"], "small PNGs",
            {"first, s": "the first time", "second, s": "again"},
        ),
        Panel("Decoding, convolutional, colour", "pixels a side", "ms", decoders["conv"], "pixels", decoding),
        Panel(
            "Decoding, MLP of 28×28", "latent dimensions", "ms", decoders["mlp"], "latent dims", decoding, (12, -160)
        ),
        Panel("Convolutional, colour", "pixels a side", "images a second", models["conv"], "pixels", pace, (12, -50)),
        Panel("MLP of 28×28", "latent dimensions", "images a second", models["mlp"], "dimensions", pace, (12, -120)),
    ]  # fmt: skip


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Draw two rows of panels, and write them as PNG."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    import pyqtgraph

    pyqtgraph.setConfigOptions(background="#16181d", foreground="#d6d9e0", antialias=True)
    layout = pyqtgraph.GraphicsLayoutWidget()
    layout.resize(*SIZE)
    for place, panel in enumerate(panels):
        plot = layout.addPlot(row=place % 2, col=place // 2, title=panel.title)
        plot.setLabel("bottom", panel.across)
        plot.setLabel("left", panel.up)
        plot.setLogMode(x=True, y=True)
        plot.showGrid(x=True, y=True, alpha=0.2)
        plot.addLegend(offset=panel.legend)
        for side, ticks in (("bottom", panel.ticks_across()), ("left", panel.ticks_up())):
            axis = plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setTicks([ticks])
        for colour, (column, name) in zip(COLOURS, panel.columns.items(), strict=False):
            if points := panel.points(column):
                x, y = zip(*points, strict=True)
                pen = pyqtgraph.mkPen(colour, width=2)
                plot.plot(x, y, name=name, pen=pen, symbol="o", symbolSize=7, symbolBrush=colour, symbolPen=None)
    layout.show()
    application.processEvents()
    if not layout.grab().save(str(path), "PNG"):
        sys.exit(f"“{path}” could not be written.")


def _short(value: float) -> str:
    for scale, letter in ((1e6, "M"), (1e3, "k")):
        if value >= scale:
            return f"{value / scale:g}{letter}"
    return f"{value:g}"


def _number(cell: Any) -> float:
    """Read a cell of a table; “–” is none."""
    text = str(cell).replace(",", "")
    return math.nan if text == "–" else float(text)


if __name__ == "__main__":
    main()
