"""The program's window to be measured: real, with folders of its own, and without a screen unless asked otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QTimer, Signal

from vae_explorer import app
from vae_explorer.core.waiting import let_threads_sleep
from vae_explorer.screenshot import is_drawn
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store
from vae_explorer.ui.main_window import MainWindow

SIZE = (1280, 800)

COLOUR_IMAGES = 512
"""Images in the folder that the colour model is trained on."""


class WatchedWindow(MainWindow):
    """Tells when a frame has been drawn and handed to the screen."""

    drawn = Signal()

    def event(self, event: QEvent) -> bool:
        """Qt draws all that has changed, and hands it over, while the window handles an UpdateRequest."""
        handled = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest:
            self.drawn.emit()
        return handled


@contextmanager
def open_window() -> Iterator[WatchedWindow]:
    """Open the window with the engine ready, as the program does, and close it in the end."""
    app.prepare()
    application = app.make_application()
    window = WatchedWindow(Session(Store(), SettingsFile()))
    window.resize(*SIZE)
    window.show()
    window.session.start(app.load_engine, "cpu")
    try:
        wait_until(lambda: window.session.engine is not None)
        yield window
    finally:
        window.close()
        application.processEvents()


def show_model(window: MainWindow, kind: str) -> Any:
    """Show the sample, or a colour model made for the purpose, with its images. Returns its RunConfig."""
    if kind == "digits":
        window.session.open_sample()
    else:
        window.session.open_model(train_colour_model(Path(tempfile.mkdtemp(dir=os.environ["VAE_EXPLORER_DATA"]))))
    wait_until(lambda: is_drawn(window))
    model = window.session.store.state.model
    assert model is not None  # noqa: S101  # it is drawn
    return model.config


def endless(config: Any) -> Any:
    """Change a configuration so that training on it goes on for as long as one likes."""
    from vae_explorer.core.configure import apply_settings

    return apply_settings(config, {"epochs": 1_000_000, "device": "cpu"})


def wait_until(condition: Callable[[], bool], patience_s: float = 60) -> None:
    """Let the window live until `condition` holds. Raises TimeoutError."""
    loop, deadline = QEventLoop(), time.monotonic() + patience_s
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > deadline else None)
    timer.start()
    loop.exec()
    timer.stop()
    if not condition():
        msg = "what was waited for didn't happen"
        raise TimeoutError(msg)


def train_colour_model(folder: Path) -> Path:
    """Write 64×64 colour images, train a convolutional model on them for a moment, and return its run folder."""
    from vae_explorer.core.configure import configure
    from vae_explorer.core.data.base import ImageShape, read_images
    from vae_explorer.core.run_folder import RunFolder
    from vae_explorer.core.training import run_training

    images = read_images(str(make_colour_images(folder / "discs")), ImageShape(64, 3))
    config = configure(images, network="conv", latent_dims=2, epochs=3, batch_size=64, device="cpu")
    run = RunFolder.create(folder / "colour model", config)
    run_training(config, images, run)
    return run.path


def make_colour_images(folder: Path, count: int = COLOUR_IMAGES) -> Path:
    """Write images of a disc of any colour anywhere on a ground of another."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    y, x = np.mgrid[:64, :64]
    for number in range(count):
        inside = np.hypot(x - random.uniform(16, 48), y - random.uniform(16, 48)) < random.uniform(6, 20)
        ground, disc = random.integers(0, 256, (2, 3), np.uint8)
        Image.fromarray(np.where(inside[..., None], disc, ground)).save(folder / f"{number:04}.png")
    return folder


def in_fresh_process(script: str, *words: str, platform: str = "offscreen") -> Any:
    """Run a benchmark's own file with these words in a process with folders of its own; it answers in JSON.

    What every command of the program sets up before all else is set up for it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folders = {f"VAE_EXPLORER_{name}": str(Path(scratch) / name.lower()) for name in ("CACHE", "DATA")}
        for folder in folders.values():
            Path(folder).mkdir()
        let_threads_sleep()
        environment = os.environ | folders | {"QT_QPA_PLATFORM": platform, "QT_LOGGING_RULES": "*.warning=false"}
        finished = subprocess.run(
            [sys.executable, script, *words], stdout=subprocess.PIPE, env=environment, check=True, text=True
        )
        return json.loads(finished.stdout.splitlines()[-1])
