"""What all tests share: no screen, no folder of the user's, and nothing left running."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("VAE_EXPLORER_DEBUG", None)

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from shiboken6 import isValid

JOIN_S = 2.0
"""A thread that was told to end may take so long."""


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep caches, settings and runs away from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "DATA"):
            patch.setenv(f"VAE_EXPLORER_{name}", str(tmp_path_factory.mktemp(name.lower())))
        yield


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


def _recording(start: Callable[..., Any], started: list[weakref.ref[QObject]]) -> Callable[..., Any]:
    def start_and_record(self: QObject, *arguments: Any) -> Any:
        started.append(weakref.ref(self))
        return start(self, *arguments)

    return start_and_record


def _still_runs(thread: threading.Thread) -> bool:
    if isinstance(thread, threading._DummyThread):  # what Python makes of a QThread, which is looked at itself
        return False
    thread.join(JOIN_S)
    return thread.is_alive()


def _is_active(one: QObject) -> bool:
    return one.isRunning() if isinstance(one, QThread) else isinstance(one, QTimer) and one.isActive()
