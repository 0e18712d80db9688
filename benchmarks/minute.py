"""A minute of use, and where its time went: `python benchmarks/minute.py [--seconds 60] [--json PATH]`.

The real window starts, the probe is dragged over the sample, a folder of colour images is opened, a convolutional model
is trained on them while the probe is dragged, then the plane is zoomed in and out and panned. A hundred times a second
py-spy (`pip install --no-deps py-spy==0.4.3`) looks which threads are at work, and in which function of the program
each of them is. The seconds are those on the clock, so beside other work functions seem to take longer.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _window import WatchedWindow

SHOWN = 8
"""Functions of each thread in the table."""

LOOKS_A_SECOND = 100

RATE = 60
"""Moves of the mouse in a second."""

TURNS_A_SECOND = 8
"""Notches of the wheel."""

SHARES = {"explore": 0.2, "train": 0.2, "explore while training": 0.2, "zoom": 0.2, "pan": 0.1}
"""Of the time; the start, and opening the folder, take what they take."""

MAIN, WORKERS = "main thread", "other threads"

IMPORTING, QT = "importing modules", "Qt, called by no function of the program"

_WAITING = "(threading.py:"
"""Where a thread is that waits for another."""

_FRAME = re.compile(r"(?P<function>.*) \((?:.*/)?vae_explorer/(?P<module>.*)\.py:\d+\)")


def main() -> None:
    """Use the program for a minute in a process of its own, and print."""
    arguments = _arguments()
    if arguments.use:
        start_and_use(arguments.seconds)
        return
    if arguments.watch:
        sys.stdout.write(json.dumps(watch(arguments.seconds)) + "\n")
        return
    from _table import print_table
    from _window import in_fresh_process

    words = ["--watch", "--seconds", str(arguments.seconds)]
    rows = in_fresh_process(__file__, *words, platform=arguments.platform)
    columns = ("thread", "function", "seconds", "of all")
    print_table(f"Where the time goes in {arguments.seconds:g} s of use", columns, rows, arguments.json)


def watch(seconds: float) -> list[tuple[str, str, float, str]]:
    """Use the program under py-spy, in this process's environment. Returns rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks.txt"
        used = [sys.executable, __file__, "--use", "--seconds", str(seconds)]
        looked = ["--rate", str(LOOKS_A_SECOND), "--threads", "--format", "raw", "--output", str(stacks)]
        spy = Path(sys.executable).with_name("py-spy")
        subprocess.run([spy, "record", *looked, "--", *used], stdout=sys.stderr, check=True)
        return summary(stacks.read_text(encoding="utf-8").splitlines())


def summary(stacks: list[str]) -> list[tuple[str, str, float, str]]:
    """Add up lines of “thread;outermost;…;innermost count”. Returns rows of the table."""
    counts: dict[str, Counter[str]] = {MAIN: Counter(), WORKERS: Counter()}
    main_thread = next(line.partition(":")[0] for line in stacks if ": MainThread" in line.partition(";")[0])
    for line in stacks:
        stack, _, looks = line.rpartition(" ")
        thread, *frames = stack.split(";")
        if not frames or _WAITING not in frames[-1]:
            who = MAIN if thread.partition(":")[0] == main_thread else WORKERS
            counts[who][_place(frames)] += int(looks)
    whole = sum(of_one.total() for of_one in counts.values())
    rows = []
    for who, of_one in counts.items():
        for place, count in [*of_one.most_common(SHOWN), ("all of it", of_one.total())]:
            rows.append((who, place, count / LOOKS_A_SECOND, f"{count / whole:.1%}"))
    return rows


def _place(frames: list[str]) -> str:
    """Name the program's innermost function in a stack, and its module."""
    if any("importlib._bootstrap" in frame for frame in frames):
        return IMPORTING
    ours = (found for frame in reversed(frames) if (found := _FRAME.fullmatch(frame)))
    innermost = next(ours, None)
    return "{module}: {function}".format(**innermost.groupdict()) if innermost else QT


def start_and_use(seconds: float) -> None:
    """Start the program in this process, and do what a person would, by mouse events."""
    from vae_explorer.commands.window import import_qt
    from vae_explorer.importing import uncollected

    with uncollected():  # as the program does itself
        import_qt()
        from vae_explorer import app  # noqa: F401

    from _window import make_colour_images, open_window, show_model, wait_until

    from vae_explorer.services.settings import data_folder

    with open_window() as window:
        hand, store = Hand(window), window.session.store
        show_model(window, "digits")
        hand.explore(SHARES["explore"] * seconds)
        _open_folder(window, make_colour_images(data_folder() / "discs"))
        _train(window)
        wait_until(lambda: store.state.embedding is not None)
        hand.rest(SHARES["train"] * seconds)
        hand.explore(SHARES["explore while training"] * seconds)
        window.session.training.stop()
        wait_until(lambda: not window.session.training.running)
        hand.zoom(SHARES["zoom"] * seconds)
        hand.pan(SHARES["pan"] * seconds)


def _open_folder(window: WatchedWindow, folder: Path) -> None:
    """Open it, and answer that a model is to be trained anew: the one on show takes other images."""
    from _window import wait_until
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QPushButton

    answered: list[bool] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            answered.append(True)
            dialog.findChild(QPushButton, "convert_train").click()  # type: ignore[union-attr]  # the tour presses it too

    presses = QTimer(interval=50)
    presses.timeout.connect(answer)
    presses.start()
    window.session.open_images(str(folder))
    wait_until(lambda: bool(answered))
    presses.stop()


def _train(window: WatchedWindow) -> None:
    from _window import endless, wait_until

    before = window.session.decoding.generation
    window.session.train(endless(window.train_panel.values()))
    wait_until(lambda: window.session.decoding.generation > before + 1)


class Hand:
    """Moves the mouse over the plane, at an even pace."""

    def __init__(self, window: WatchedWindow) -> None:
        self._window = window

    def rest(self, seconds: float) -> None:
        """Only watch."""
        self._act(seconds, RATE, lambda _: None)

    def explore(self, seconds: float) -> None:
        """Drag the probe about."""
        from PySide6.QtCore import Qt

        self._drag(seconds, Qt.MouseButton.LeftButton)

    def zoom(self, seconds: float) -> None:
        """Turn the wheel: closer, and back."""
        self._act(seconds, TURNS_A_SECOND, lambda s: self._window.plane.zoom(1.2 if s % 4 < 2 else 1 / 1.2))

    def pan(self, seconds: float) -> None:
        """Drag the plane about."""
        from PySide6.QtCore import Qt

        self._drag(seconds, Qt.MouseButton.MiddleButton)

    def _drag(self, seconds: float, button: Any) -> None:
        from PySide6.QtCore import QEvent

        self._send(QEvent.Type.MouseButtonPress, 0.0, button)
        self._act(seconds, RATE, lambda s: self._send(QEvent.Type.MouseMove, s, button))
        self._send(QEvent.Type.MouseButtonRelease, seconds, button)

    def _act(self, seconds: float, rate: float, act: Callable[[float], None]) -> None:
        """Call `act` with the time since the beginning, so many times a second."""
        from _window import wait_until
        from PySide6.QtCore import QTimer

        began = time.perf_counter()
        pace = QTimer(interval=round(1000 / rate))
        pace.timeout.connect(lambda: act(time.perf_counter() - began))
        pace.start()
        wait_until(lambda: time.perf_counter() - began >= seconds, patience_s=2 * seconds + 10)
        pace.stop()

    def _send(self, kind: Any, seconds: float, button: Any) -> None:
        """Send what a mouse does that goes round in the plane, so many seconds after it began."""
        from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        plane, none = self._window.plane, Qt.MouseButton.NoButton
        across, down = 0.3 * math.sin(1.3 * seconds), 0.3 * math.sin(1.7 * seconds)
        place = QPointF(plane.width() * (0.5 + across), plane.height() * (0.5 + down))
        pressed = none if kind == QEvent.Type.MouseButtonRelease else button
        changed = none if kind == QEvent.Type.MouseMove else button
        event = QMouseEvent(kind, place, place, changed, pressed, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(plane, event)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--platform", default="offscreen", help="xcb for a real X server, under Xvfb say")
    parser.add_argument("--watch", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--use", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
