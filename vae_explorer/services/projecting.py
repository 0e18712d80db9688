"""Lays codes out by UMAP, in a process of its own: it takes long, and the window can be closed meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.projection import Floats, Projection
from vae_explorer.services.task import Job, TaskThread

COMMAND: Final = (sys.executable, "-m", "vae_explorer.core.latent.projection")

_LOOK_EVERY_S: Final = 0.1


class ProjectionService(QObject):
    """One projection at a time; a newer one ends the one before. Belongs to the main thread."""

    projected = Signal(object)
    """A `Projection`."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = COMMAND) -> None:
        super().__init__(parent)
        self._command = command
        self._thread: TaskThread | None = None
        self._cancel = threading.Event()

    def project(self, codes: Floats) -> None:
        """Lay out codes (N, D); `projected` or `failed` answers."""
        self._cancel.set()
        cancel = self._cancel = threading.Event()
        self._thread = self._thread or TaskThread("projecting", self)

        def done(projection: Projection | None) -> None:
            if projection is not None and not cancel.is_set():
                self.projected.emit(projection)

        self._thread.submit(Job(lambda: _run(self._command, codes, cancel), done, self.failed.emit))

    def close(self) -> None:
        """End what is under way, and wait for its thread."""
        self._cancel.set()
        if self._thread is not None:
            self._thread.close()


def _run(command: Sequence[str], codes: Floats, cancel: threading.Event) -> Projection | None:
    """Run on the thread. None where it was cancelled. Raises UserError in the words of the process."""
    with tempfile.TemporaryDirectory(prefix="vae-explorer-") as folder:
        source, target = Path(folder, "codes.npy"), Path(folder, "xy.npy")
        np.save(source, codes)
        process = subprocess.Popen([*command, str(source), str(target)], stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own module
        said, ended = _ended(process, cancel)
        if not ended:
            return None
        if process.returncode:
            lines = said.strip().splitlines()
            raise UserError(lines[-1] if lines else "The layout by UMAP broke off.")
        return Projection(codes, np.load(target))


def _ended(process: subprocess.Popen[str], cancel: threading.Event) -> tuple[str, bool]:
    """Wait for the process, ending it once `cancel` is set. Returns what it said, and whether it came to its end."""
    while True:
        try:
            _, said = process.communicate(timeout=_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            if cancel.is_set():
                process.kill()
                process.communicate()
                return "", False
        else:
            return said, True
