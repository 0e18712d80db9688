"""A picture of the window, taken once there is something to see."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from vae_explorer.core.trust import UntrustedError
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.ui.main_window import MainWindow

if TYPE_CHECKING:
    from vae_explorer.core.importers.examining import Examination

CHECK_EVERY_MS = 30


class Screenshot(QObject):
    """Waits until plane and decoded image are drawn, saves the window as PNG, and closes it.

    Without a model it waits until the images are read.

    Closes with exit status 2 where the session reports that what was asked for can't be shown, or can't be saved.
    """

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._timer = QTimer(self, interval=CHECK_EVERY_MS)
        self._timer.timeout.connect(self._on_check)
        self._timer.start()
        session = window.session
        session.failed.connect(self._on_failed)
        # Nobody is there to answer what the window would ask.
        window.dialogs.imports.leave_questions()
        session.trusting.wanted.connect(self._on_untrusted)
        session.importing.unclear.connect(self._on_unclear)

    def _on_check(self) -> None:
        if is_drawn(self._window):
            self._timer.stop()
            # One turn of the event loop more: what was handed over is painted by then.
            QTimer.singleShot(2 * CHECK_EVERY_MS, self._save)

    def _save(self) -> None:
        if self._window.grab().save(str(self._path), "PNG"):
            self._finish(0)
        else:
            self._on_failed(f"The screenshot could not be written to “{self._path}”.")

    def _on_failed(self, sentence: str) -> None:
        sys.stderr.write(sentence + "\n")
        self._finish(2)

    def _on_untrusted(self, asked: UntrustedError, _go_on: object) -> None:
        self._on_failed(str(asked))

    def _on_unclear(self, _path: Path, examination: Examination) -> None:
        self._on_failed(examination.problem)

    def _finish(self, status: int) -> None:
        self._timer.stop()
        self._window.close()
        QApplication.exit(status)


def is_drawn(window: MainWindow) -> bool:
    """Whether plane, mosaic and decoded image show the model and images of now; without a model there are none."""
    state = window.session.store.state
    if window.reading.is_busy:
        return False
    if state.model is None:
        return state.images is not None
    return (
        not _awaits_codes(window, state.model)
        and window.plane.mosaic_complete
        and window.plane.points_complete
        and window.image_pane.decoded.pixels is not None
    )


def _awaits_codes(window: MainWindow, model: ModelInfo) -> bool:
    """Whether codes are still to come: of a decoder alone none will, nor where there are no images to encode."""
    state = window.session.store.state
    images_come = state.images is not None or bool(model.config.data.source) or window.reading.is_busy
    return state.embedding is None and model.can_encode and images_come
