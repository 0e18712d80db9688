"""From the start of the process to the first painted window, and to the live plane, beside an empty window.

`python benchmarks/startup.py [--repeats 9] [--platform xcb] [--json PATH]`

The empty window is what anybody would write: PySide6, pyqtgraph, one empty plot. Both are the same size and take turns,
each start in a process of its own. The live plane is complete: points, all tiles of the mosaic, and the decoded image;
torch has been imported by then, so it is compared with the empty window and an import of torch after it. Besides the
time it tells the processor's, of all threads, which depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from _table import Figure, print_table

EMPTY = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
application = QApplication([])
class Plot(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, painted)
def painted():
    print("painted", time.time(), time.process_time(), flush=True)
    import torch
    print("live", time.time(), time.process_time(), flush=True)
    application.quit()
window = QMainWindow()
window.setCentralWidget(Plot())
window.resize(1600, 1000)
window.show()
application.exec()
"""

OURS = """
import sys, time
from vae_explorer.commands import window as program
import_qt = program.import_qt
def watch():
    import_qt()
    from vae_explorer import app  # which the program imports now
    make_window = app.make_window
    def watched(size):
        from PySide6.QtCore import QTimer
        from vae_explorer.screenshot import is_drawn
        window = make_window(size)
        window.painted.connect(lambda: print("painted", time.time(), time.process_time(), flush=True))
        timer = QTimer(window, interval=5)
        def look():
            if is_drawn(window):
                print("live", time.time(), time.process_time(), flush=True)
                timer.stop()
                window.close()
        timer.timeout.connect(look)
        timer.start()
        return window
    app.make_window = watched
program.import_qt = watch
from vae_explorer.__main__ import main
sys.exit(main(WORDS))
"""

SCRIPTS = {
    "empty": EMPTY,
    "ours": OURS.replace("WORDS", "[]"),
    "open": OURS.replace("WORDS", "['open', '--size', '1600x1000']"),
}

MOMENTS = {
    "first painted window": ("ours", "painted", 1.3),
    "first painted window, by the command open": ("open", "painted", 1.3),
    "live plane (empty window: and torch)": ("ours", "live", 1.5),
}
"""What is started, until when, and how many times as long as the empty window it may take."""

Seconds = tuple[float, float]
"""Since the process was started, and those that the processor worked for it."""


def main() -> None:
    """Measure all in turns, and print."""
    arguments = _arguments()
    times: dict[tuple[str, str], list[Seconds]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        environment = _environment(Path(scratch), arguments.platform)
        for _ in range(arguments.repeats + 1):
            for name, script in SCRIPTS.items():
                for moment, seconds in start(script, environment).items():
                    times.setdefault((name, moment), []).append(seconds)
    rows, figures = [], []
    for words, (name, moment, most) in MOMENTS.items():
        # The first start of each reads its files from the disk, and compiles them; it isn't counted.
        (empty, empty_busy), (ours, ours_busy) = (
            zip(*times[which, moment][1:], strict=True) for which in ("empty", name)
        )
        ratios = median(ours) / median(empty), median(ours_busy) / median(empty_busy)
        rows.append((words, median(empty), median(ours), max(ours) - min(ours), *ratios))
        here = f"{ratios[0]:.2f} × ({median(ours):.2f} s)"
        figures.append(
            Figure(f"{words}, beside an empty PySide6 and pyqtgraph window", here, f"≤ {most} ×", ratios[0] <= most)
        )
    columns = ("until", "empty window, s", "VAE Explorer, s", "spread, s", "ratio", "ratio of the processor's time")
    print_table(f"Start-up, medians of {arguments.repeats}", columns, rows, arguments.json, figures)


def start(script: str, environment: Mapping[str, str]) -> dict[str, Seconds]:
    """Run a script in a process of its own. Returns how long it took to each moment that it tells."""
    started = time.time()
    finished = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, check=True, text=True
    )
    moments = (line.split() for line in finished.stdout.splitlines())
    return {words[0]: (float(words[1]) - started, float(words[2])) for words in moments if len(words) == 3}


def _environment(scratch: Path, platform: str) -> dict[str, str]:
    """Return an environment with folders of its own, for compiled modules too.

    An installation comes compiled; not so a checkout where PYTHONDONTWRITEBYTECODE is set.
    """
    folders = {f"VAE_EXPLORER_{name}": str(scratch / name.lower()) for name in ("CACHE", "DATA")}
    folders["PYTHONPYCACHEPREFIX"] = str(scratch / "compiled")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | folders | {"QT_QPA_PLATFORM": platform, "QT_LOGGING_RULES": "*.warning=false"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--platform", default="offscreen", choices=("offscreen", "xcb"))
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
