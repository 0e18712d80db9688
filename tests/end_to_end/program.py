"""The real program as a process of its own, watched from outside through its event log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.end_to_end.screen import SIZE, Box, Screen
from tests.patience import PATIENCE_S

Event = dict[str, Any]

LOOK_EVERY_S = 0.02


class Program:
    """`python -m vae_explorer open …` on a screen. Its data, cache and log lie in `folder`."""

    def __init__(self, screen: Screen, folder: Path, *arguments: str) -> None:
        self.screen = screen
        self.events: list[Event] = []
        self._folder = folder
        number = len(list(folder.glob("*.log")))
        self._log = folder / f"{number}.log"
        self._log.touch()
        self._errors = folder / f"{number}.err"
        command = [sys.executable, "-m", "vae_explorer", "open", *arguments, "--device", "cpu"]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, "--size", f"{SIZE[0]}x{SIZE[1]}"], env=self._environment(), stderr=errors
            )
        self._reader = self._log.open(encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        return kept | {
            "DISPLAY": self.screen.display,
            "QT_QPA_PLATFORM": "xcb",
            "VAE_EXPLORER_DATA": str(self._folder / "data"),
            "VAE_EXPLORER_CACHE": str(self._folder / "cache"),
            "VAE_EXPLORER_LOG": str(self._log),
            "OMP_NUM_THREADS": "1",
            "LANG": "C.UTF-8",
        }

    @property
    def runs(self) -> list[Path]:
        """The run folders that the window has made."""
        return sorted((self._folder / "data" / "runs").iterdir())

    @property
    def errors(self) -> str:
        """What it has written on standard error."""
        return self._errors.read_text(encoding="utf-8")

    def wait(self, reached: Callable[[], Any], what: str) -> None:
        """Read events until `reached`. Fails the test when patience or the program has come to an end."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            ended = self._process.poll() is not None
            self._read()
            if reached():
                return
            if ended or time.monotonic() > deadline:
                how = f"it ended with {self._process.returncode}" if ended else f"{PATIENCE_S} s have passed"
                self.screen.save(self._folder / "failure.png")
                last = [event for event in self.events if event["event"] != "layout"][-5:]
                message = f"waited for {what}, but {how} (see {self._folder}); last events {last}; {self.errors}"
                raise AssertionError(message)
            time.sleep(LOOK_EVERY_S)

    def wait_for(self, event: str, *, after: int = 0, **values: Any) -> Event:
        """Wait for an event with these values, at place `after` among all or later, and return it."""

        def found() -> list[Event]:
            return [one for one in self.events[after:] if one["event"] == event and values.items() <= one.items()]

        self.wait(found, f"the event “{event}” {values}")
        return found()[0]

    def now(self) -> int:
        """How many events there were up to now: `after` for what is to come."""
        self._read()
        return len(self.events)

    def last(self, event: str) -> Event:
        """The newest event of a kind."""
        self._read()
        return next(one for one in reversed(self.events) if one["event"] == event)

    def all(self, event: str, after: int = 0) -> list[Event]:
        """All events of a kind, from place `after` on."""
        return [one for one in self.events[after:] if one["event"] == event]

    def box(self, name: str) -> Box:
        """Where a widget is on the screen, waiting until it is shown."""
        self.wait(lambda: name in self._widgets, f"the widget “{name}”")
        x, y, width, height = self._widgets[name]
        return x, y, width, height

    def middle(self, name: str) -> tuple[float, float]:
        """The middle of a widget on the screen."""
        x, y, width, height = self.box(name)
        return x + width / 2, y + height / 2

    def press(self, name: str) -> None:
        """Click on a widget."""
        self.screen.click(*self.middle(name))

    def place_of(self, code: Sequence[float], before: int | None = None) -> tuple[float, float]:
        """Where a code (2,) was on the screen when event number `before` came (None: now)."""
        x, y = code
        events = self.events[:before]
        left, top, width, height = next(e for e in reversed(events) if e["event"] == "layout")["widgets"]["plane"]
        view = next(e for e in reversed(events) if e["event"] == "view")
        scale = view["units_per_pixel"]
        return left + width / 2 + (x - view["x"]) / scale, top + height / 2 - (y - view["y"]) / scale

    @property
    def active(self) -> str:
        """The window that has the keyboard."""
        return str(self.last("layout")["active"])

    def close(self) -> int:
        """Wait for the end and return the exit status."""
        self._reader.close()
        return self._process.wait(PATIENCE_S)

    def end(self) -> None:
        """End it, whatever it does; for the end of a test."""
        self._reader.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_S)

    @property
    def _widgets(self) -> dict[str, Any]:
        layouts = self.all("layout")
        return dict(layouts[-1]["widgets"]) if layouts else {}

    def _read(self) -> None:
        """Take in the lines that are whole."""
        while True:
            place = self._reader.tell()
            line = self._reader.readline()
            if not line.endswith("\n"):
                self._reader.seek(place)
                return
            self.events.append(json.loads(line))
