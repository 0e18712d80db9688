"""An X server without a screen, and a person's hands at it."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageGrab

from tests.patience import PATIENCE_S

SIZE = (1280, 800)

Box = tuple[int, int, int, int]
"""x, y, width and height on the screen."""

WHEEL_UP, WHEEL_DOWN = "4", "5"


class Screen:
    """One display: what is to be seen on it, and its mouse and keyboard."""

    def __init__(self, display: str) -> None:
        self.display = display

    def picture(self, box: Box) -> NDArray[np.int16]:
        """Take a part of the screen: (height, width, 3)."""
        x, y, width, height = box
        picture = ImageGrab.grab(xdisplay=self.display).crop((x, y, x + width, y + height))
        return np.asarray(picture.convert("RGB"), np.int16)

    def save(self, path: Path) -> None:
        """Write the whole screen as PNG, for whoever looks into a failure."""
        Image.fromarray(np.asarray(ImageGrab.grab(xdisplay=self.display))).save(path)

    def move(self, x: float, y: float) -> None:
        self._do("mousemove", str(round(x)), str(round(y)))

    def click(self, x: float, y: float) -> None:
        self._do("mousemove", str(round(x)), str(round(y)), "click", "1")

    def drag(self, path: list[tuple[float, float]]) -> None:
        """Press the left button at the first place, move along the path and let go at the last."""
        words = [word for x, y in path[1:] for word in ("mousemove", str(round(x)), str(round(y)), "sleep", "0.01")]
        x, y = path[0]
        self._do("mousemove", str(round(x)), str(round(y)), "mousedown", "1", *words, "mouseup", "1")

    @contextmanager
    def held(self, x: float, y: float) -> Iterator[None]:
        """Press the left button at a place and hold it for as long as this lasts."""
        self._do("mousemove", str(round(x)), str(round(y)), "mousedown", "1")
        try:
            yield
        finally:
            self._do("mouseup", "1")

    def wheel(self, x: float, y: float, button: str, notches: int) -> None:
        self._do("mousemove", str(round(x)), str(round(y)), "click", "--repeat", str(notches), "--delay", "20", button)

    def key(self, *keys: str) -> None:
        """Press keys, one after the other, by xdotool's names: “ctrl+s”, “Return”."""
        self._do("key", *keys)

    def type(self, text: str) -> None:
        self._do("type", "--delay", "5", text)

    def _do(self, *words: str) -> None:
        environment = os.environ | {"DISPLAY": self.display}
        subprocess.run(["xdotool", *words], env=environment, check=True, timeout=PATIENCE_S)


def missing() -> list[str]:
    """Which of the programs that a screen needs aren't installed."""
    return [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]


@contextmanager
def virtual_screen() -> Iterator[Screen]:
    """Start an X server on a free display; end it in the end."""
    reading, writing = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            assert select.select([number], [], [], PATIENCE_S)[0], "Xvfb did not come up"
            yield Screen(f":{number.readline().strip()}")
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
