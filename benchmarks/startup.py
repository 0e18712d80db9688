"""From the start of the process to the first painted window, and to the live plane, beside an empty window.

`python benchmarks/startup.py [--repeats 7] [--platform xcb] [--json PATH]`

The empty window is what anybody would write: PySide6, pyqtgraph, one empty plot. Both take turns, each start in a
process of its own. The live plane is complete: points, all tiles of the mosaic, and the decoded image; torch has been
imported by then, so it is compared with the empty window and an import of torch after it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from _table import print_table

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
    print("painted", time.time(), flush=True)
    import torch
    print("live", time.time(), flush=True)
    application.quit()
window = QMainWindow()
window.setCentralWidget(Plot())
window.resize(1280, 800)
window.show()
application.exec()
"""

OURS = """
import sys, time
from vae_explorer import app
make_window = app.make_window
def watched(size):
    from PySide6.QtCore import QTimer
    from vae_explorer.screenshot import is_drawn
    window = make_window(size)
    window.painted.connect(lambda: print("painted", time.time(), flush=True))
    timer = QTimer(window, interval=5)
    def look():
        if is_drawn(window):
            print("live", time.time(), flush=True)
            timer.stop()
            window.close()
    timer.timeout.connect(look)
    timer.start()
    return window
app.make_window = watched
from vae_explorer.__main__ import main
sys.exit(main(["open", "--size", "1280x800"]))
"""


def main() -> None:
    """Measure both in turns, and print."""
    arguments = _arguments()
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.repeats + 1):
        for name, script in (("empty", EMPTY), ("ours", OURS)):
            for moment, seconds in start(script, arguments.platform).items():
                times.setdefault((name, moment), []).append(seconds)
    rows = []
    for words, moment in (("first painted window", "painted"), ("live plane (empty window: and torch)", "live")):
        # The first start of each reads its files from the disk; it isn't counted.
        empty, ours = (times[name, moment][1:] for name in ("empty", "ours"))
        ratio = median(ours) / median(empty)
        rows.append((words, median(empty), median(ours), max(ours) - min(ours), ratio))
    columns = ("until", "empty window, s", "VAE Explorer, s", "spread, s", "ratio")
    print_table(f"Start-up, medians of {arguments.repeats}", columns, rows, arguments.json)


def start(script: str, platform: str) -> dict[str, float]:
    """Run a script in a process of its own. Returns seconds from its start to each moment that it tells."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = {f"VAE_EXPLORER_{name}": str(Path(scratch) / name.lower()) for name in ("CACHE", "DATA")}
        environment = os.environ | folders | {"QT_QPA_PLATFORM": platform, "QT_LOGGING_RULES": "*.warning=false"}
        started = time.time()
        finished = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, check=True, text=True
        )
    moments = (line.split() for line in finished.stdout.splitlines())
    return {words[0]: float(words[1]) - started for words in moments if len(words) == 2}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--platform", default="offscreen", choices=("offscreen", "xcb"))
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
