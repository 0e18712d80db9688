"""A storm of probe moves: `python benchmarks/drag_storm.py [--moves 1000] [--rate 250] [--platform xcb] [--json PATH]`.

The mouse is dragged over the plane of the real window, on the sample and on a 64×64 colour convolutional model, while
nothing else happens and while such a model is being trained. Each move counts from the moment when its event is posted
until a frame is on screen that shows its decoded image, or that of a newer move. Targets: half of the moves within 5 ms
and 99 of 100 within 16 ms; while training 95 of 100 within 16 ms. In the end the image on show must be that of the last
move, to the pixel. Stall: how long the window was busy at one stretch, at most.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from _table import Figure, Row, print_table
from _window import WatchedWindow, endless, in_fresh_process, open_window, show_model, wait_until
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent

from vae_explorer.services.decoding import Decoded
from vae_explorer.services.state import AppState, Code

IDLE_TARGETS_MS = {50: 5, 99: 16}
TRAINING_TARGETS_MS = {95: 16}
"""The percentiles that are promised."""

NAMES = {"digits": "28×28, MLP", "colour": "64×64×3, conv"}

BOUND = "moves come every 4 ms, and each takes the main thread 3 ms"
"""Where the targets are missed, as profiled on such a machine: knobs, plane and image are drawn for each."""

HEARTBEAT_MS = 2


def main() -> None:
    """Measure all four, each in a process of its own, and print."""
    arguments = _arguments()
    if arguments.one:
        sys.stdout.write(json.dumps(measure(arguments)) + "\n")
        return
    rows, lines = [], []
    for kind in ("digits", "colour"):
        for training in (False, True):
            words = ["--one", kind, "--moves", str(arguments.moves), "--rate", str(arguments.rate)]
            flags = ["--training"] if training else []
            figures = in_fresh_process(__file__, *words, *flags, platform=arguments.platform)
            targets = TRAINING_TARGETS_MS if training else IDLE_TARGETS_MS
            rows.append(_row(kind, figures, targets, training=training))
            lines.append(_figure(kind, figures, targets, training=training))
    title = f"{arguments.moves} probe moves at {arguments.rate:g} a second: milliseconds from event to painted"
    columns = ("model", "p50", "p95", "p99", "max", "stall", "last shown", "target")
    print_table(title, columns, rows, arguments.json, lines)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure one storm in this process."""
    with open_window() as window:
        config = show_model(window, arguments.one)
        if arguments.training:
            _train(window, config)
        storm = Storm(window, arguments.moves, arguments.rate)
        storm.run()
        shown = _last_is_shown(window, storm.last)
    return storm.figures() | {"last_is_shown": shown}


class Storm(QObject):
    """Drags the mouse from a thread of its own, and notes when each move can be seen."""

    def __init__(self, window: WatchedWindow, moves: int, rate: float) -> None:
        super().__init__()
        self._window = window
        self._rate = rate
        self._places = [_place(step / moves, window) for step in range(moves)]
        self._posted: deque[float] = deque()
        self._waiting: deque[tuple[Code, float]] = deque()
        """Moves whose image isn't on screen yet: the code and when it was posted, oldest first."""
        self._answered: Code = ()
        self._latencies: list[float] = []
        self._beat = 0.0
        self._stall = 0.0

    @property
    def last(self) -> Code:
        """The code of the last move."""
        return self._window.session.store.state.probe

    def run(self) -> None:
        """Drag, and wait until all moves can be seen."""
        self._connect()
        heart = QTimer(self, interval=HEARTBEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        heart.timeout.connect(self._on_beat)
        self._post(QEvent.Type.MouseButtonPress, self._places[0])
        self._beat = time.perf_counter()
        heart.start()
        mouse = threading.Thread(target=self._drag)
        mouse.start()
        wait_until(lambda: len(self._latencies) == len(self._places))
        heart.stop()
        mouse.join()
        QCoreApplication.postEvent(self._window.plane, _event(QEvent.Type.MouseButtonRelease, self._places[-1]))

    def figures(self) -> dict[str, float]:
        """Summarise, in milliseconds."""
        percentiles = {f"p{share}": 1000 * float(np.percentile(self._latencies, share)) for share in (50, 95, 99)}
        return percentiles | {
            "max": 1000 * max(self._latencies),
            "stall": 1000 * self._stall,
        }

    def _connect(self) -> None:
        self._window.session.store.changed.connect(self._on_changed)
        self._window.session.image_decoded.connect(self._on_decoded)
        self._window.drawn.connect(self._on_drawn)

    def _drag(self) -> None:
        """Run on the thread: a mouse that keeps its pace, whatever the window does."""
        started = time.perf_counter()
        for number, place in enumerate(self._places[1:], start=1):
            time.sleep(max(0.0, started + number / self._rate - time.perf_counter()))
            self._post(QEvent.Type.MouseMove, place)

    def _post(self, kind: QEvent.Type, place: QPointF) -> None:
        self._posted.append(time.perf_counter())
        QCoreApplication.postEvent(self._window.plane, _event(kind, place))

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.probe != old.probe and self._posted:
            self._waiting.append((new.probe, self._posted.popleft()))

    def _on_decoded(self, decoded: Decoded) -> None:
        self._answered = tuple(map(float, decoded.codes[0]))

    def _on_drawn(self) -> None:
        """Count what the answer on show answers: its own move and all before it."""
        now = time.perf_counter()
        if any(code == self._answered for code, _ in self._waiting):
            while self._waiting:
                code, posted = self._waiting.popleft()
                self._latencies.append(now - posted)
                if code == self._answered:
                    break

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self._stall = max(self._stall, now - self._beat - HEARTBEAT_MS / 1000)
        self._beat = now


def _place(way: float, window: WatchedWindow) -> QPointF:
    """Where the mouse is after a share of its way: it draws a figure that fills the plane and never rests."""
    plane = window.plane
    angle = 2 * math.pi * way
    return QPointF(
        plane.width() * (0.5 + 0.4 * math.sin(3 * angle + 1)), plane.height() * (0.45 + 0.35 * math.sin(4 * angle))
    )


def _event(kind: QEvent.Type, place: QPointF) -> QMouseEvent:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    pressed = none if kind == QEvent.Type.MouseButtonRelease else left
    button = none if kind == QEvent.Type.MouseMove else left
    return QMouseEvent(kind, place, place, button, pressed, Qt.KeyboardModifier.NoModifier)


def _train(window: WatchedWindow, config: Any) -> None:
    """Start a training and wait until the window follows it."""
    before = window.session.decoding.generation
    window.session.train(endless(config))
    wait_until(lambda: window.session.decoding.generation > before + 3)


def _last_is_shown(window: WatchedWindow, code: Code) -> bool:
    """Whether what is on show is what a decoder of its own makes of the last move, with the last weights."""
    from vae_explorer.core.decoding import Decoder
    from vae_explorer.core.run_folder import RunFolder

    session = window.session
    session.training.stop()
    wait_until(lambda: not session.training.running)
    model = session.store.state.model
    assert model is not None and model.run is not None  # noqa: S101, PT018
    folder = RunFolder.open(model.run)
    expected = Decoder(folder.config, folder.load_weights()).decode(np.array([code], np.float32))[0]
    picture = window.image_pane.decoded
    try:
        wait_until(lambda: picture.pixels is not None and np.array_equal(picture.pixels, expected), patience_s=5)
    except TimeoutError:
        return False
    return True


def _row(kind: str, figures: dict[str, Any], targets: Mapping[int, float], *, training: bool) -> Row:
    met = all(figures[f"p{share}"] <= most for share, most in targets.items())
    timings = [figures[key] for key in ("p50", "p95", "p99", "max", "stall")]
    shown = "yes" if figures["last_is_shown"] else "NO"
    return NAMES[kind] + (", training" if training else ""), *timings, shown, "met" if met else "MISSED"


def _figure(kind: str, figures: dict[str, Any], targets: Mapping[int, float], *, training: bool) -> Figure:
    met = all(figures[f"p{share}"] <= most for share, most in targets.items()) and figures["last_is_shown"]
    what = f"from a probe’s move to its painted image, {NAMES[kind]}{', while training' if training else ''}"
    here = ", ".join(f"p{share} {figures[f'p{share}']:.1f}" for share in targets) + " ms"
    promised = ", ".join(f"p{share} ≤ {most:g}" for share, most in targets.items()) + " ms"
    return Figure(what, here, promised, met, BOUND)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=250, help="moves in a second")
    parser.add_argument("--platform", default="offscreen", help="xcb for a real X server, under Xvfb say")
    parser.add_argument("--training", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=("digits", "colour"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
