"""A picture of the window, taken once there is something to see."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.state import ModelInfo
from vae_explorer.ui.main_window import MainWindow

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
        window.session.failed.connect(self._on_failed)

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
        (state.embedding is not None or not _awaits_codes(state.model, state.images))
        and window.plane.mosaic_complete
        and window.plane.points_complete
        and window.image_pane.decoded.pixels is not None
    )


def _awaits_codes(model: ModelInfo, images: ImageSet | None) -> bool:
    """Whether codes will come: not of a decoder alone, nor where no images are named, as of most imported models."""
    return model.can_encode and (images is not None or bool(model.config.data.source))
