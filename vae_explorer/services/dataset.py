"""Image sources, read on a thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import takes_labels
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import Cancelled, ImageSet, ImageShape, Progress, read_images
from vae_explorer.services.task import Job, TaskThread


class DatasetService(QObject):
    """Opens folders, array files and samples. All methods belong to the main thread."""

    started = Signal(str)
    """The specification that is being read."""
    progressed = Signal(object)
    """A `Progress`."""
    opened = Signal(object)
    """An `ImageSet`."""
    cancelled = Signal()
    failed = Signal(str)
    """One sentence."""
    _reported = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("input", self)
        self._cancel = threading.Event()
        self._reported.connect(self._on_reported)

    def open(self, spec: str, shape: ImageShape | None = None) -> None:
        """Read the images at `spec` at `shape` (None: what suits them), instead of what is being read."""
        self._cancel.set()
        cancel = self._cancel = threading.Event()

        def report(progress: Progress) -> None:
            # Called on the thread; the signal carries it over.
            if not cancel.is_set():
                self._reported.emit(progress)

        def work() -> ImageSet | None:
            try:
                return read_images(spec, shape, report, cancel)
            except Cancelled:
                return None

        self.started.emit(spec)
        self._thread.submit(
            Job(work, lambda images: self._on_read(images, cancel), lambda message: self._on_failed(message, cancel))
        )

    def cancel(self) -> None:
        """Stop reading."""
        self._cancel.set()

    def close(self) -> None:
        """Stop reading, end the thread and wait for it."""
        self._cancel.set()
        self._thread.close()

    def _on_read(self, images: ImageSet | None, cancel: threading.Event) -> None:
        if images is not None and not cancel.is_set():
            self.opened.emit(images)
        elif cancel is self._cancel:
            self.cancelled.emit()

    def _on_failed(self, message: str, cancel: threading.Event) -> None:
        if not cancel.is_set():
            self.failed.emit(message)
        elif cancel is self._cancel:
            self.cancelled.emit()

    def _on_reported(self, progress: Progress) -> None:
        if not self._cancel.is_set():
            self.progressed.emit(progress)


def fits(images: ImageSet, config: RunConfig) -> bool:
    """Whether these images have the shape that a model of `config` takes."""
    return images.shape == config.data.shape


def takes(images: ImageSet, config: RunConfig) -> bool:
    """Whether a model of `config` takes these images as they are: their shape, and their labels if it needs any."""
    return fits(images, config) and takes_labels(config.model.classes, images)
