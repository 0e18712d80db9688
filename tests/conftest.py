"""What all tests share: no screen, no folder of the user's, and nothing left running."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("VAE_EXPLORER_DEBUG", None)

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from tqdm import tqdm

from tests.patience import PATIENCE_S
from tests.running import Run, Said

SMALL = ["--epochs", "2", "--batch-size", "8", "--image-size", "8", "--device", "cpu", "--set", "hidden=8"]


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep caches, settings and runs away from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "DATA"):
            patch.setenv(f"VAE_EXPLORER_{name}", str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_watcher_of_progress_bars() -> None:
    """Keep tqdm, by which other libraries show progress, from starting a thread for good."""
    tqdm.monitor_interval = 0


@pytest.fixture(autouse=True)
def _nothing_dangles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread, a QThread or a QTimer running: it would disturb the ones after it."""
    threads = set(threading.enumerate())
    started: list[weakref.ref[QObject]] = []
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _recording(kind.start, started))
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left: list[str] = [repr(thread) for thread in set(threading.enumerate()) - threads if _still_runs(thread)]
    left += [repr(one) for one in (ref() for ref in started) if one is not None and isValid(one) and _is_active(one)]
    assert not left, f"the test left running: {', '.join(left)}"


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """Return pytest-qt's bot; this one waits with patience where nothing else is asked for."""
    bot = QtBot(request)
    for wait in (bot.waitSignal, bot.waitSignals, bot.waitUntil, bot.waitExposed):
        setattr(bot, wait.__name__, partial(wait, timeout=1000 * PATIENCE_S))
    return bot


def _recording(start: Callable[..., Any], started: list[weakref.ref[QObject]]) -> Callable[..., Any]:
    def start_and_record(self: QObject, *arguments: Any) -> Any:
        started.append(weakref.ref(self))
        return start(self, *arguments)

    return start_and_record


def _still_runs(thread: threading.Thread) -> bool:
    if isinstance(thread, threading._DummyThread):  # what Python makes of a QThread, which is looked at itself
        return False
    thread.join(PATIENCE_S)  # it may have been told to end just now
    return thread.is_alive()


def _is_active(one: QObject) -> bool:
    return one.isRunning() if isinstance(one, QThread) else isinstance(one, QTimer) and one.isActive()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line in this process."""
    from vae_explorer.__main__ import main

    def call(*words: object) -> Said:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Said(status, *capsys.readouterr())

    return call


@pytest.fixture
def small() -> list[str]:
    """Return flags with which training takes no time."""
    return list(SMALL)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of bright and dark images, one of them with a name that is no UTF-8, and a broken file."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0)
    for label, brightness in (("bright", 200), ("dark", 30)):
        (folder / label).mkdir()
        for number in range(10):
            pixels = noise.integers(0, 30, (8, 8), np.uint8) + brightness
            Image.fromarray(pixels.astype(np.uint8)).save(folder / label / f"ñ {number}.png")
    odd = Path(os.fsdecode(os.fsencode(folder / "dark") + b"/\xff.png"))
    (folder / "dark" / "ñ 0.png").rename(odd)
    (folder / "bright" / "broken.png").write_bytes(b"")
    return folder


@pytest.fixture(scope="session")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with three latent dimensions."""
    from vae_explorer.__main__ import main

    folder = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", str(pictures), "--out", str(folder), "--latent-dims", "3", *SMALL]) == 0
    return folder
