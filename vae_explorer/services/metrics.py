"""Measuring a model on a thread: one metric after another, as long as nobody gives it up. No torch here."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.base import Cancelled, ImageSet
from vae_explorer.core.metrics.base import Result, figures_of
from vae_explorer.services.task import Job, TaskThread

OnProgress = Callable[[str, float], None]
"""Told the title of the metric under way, and the share of all that is done."""

Measure = Callable[[ImageSet, threading.Event, OnProgress], Iterator[Result]]
"""Measures a model on images, on whatever thread iterates. Raises UserError, and Cancelled once the event is set."""


@dataclass(frozen=True)
class Measurement:
    """What is measured, in words."""

    model: str
    images: str
    run: str
    source: str


class MetricsService(QObject):
    """One measurement at a time. All methods belong to the main thread, and so do all signals."""

    measured = Signal(object)
    """A `Result`, as soon as it is there."""
    progressed = Signal(str, float)
    """The title of the metric under way, and the share of all that is done."""
    ended = Signal(bool)
    """Whether everything was measured; False where it was given up, or failed."""
    failed = Signal(str)
    """One sentence; `ended` follows."""
    _told = Signal(object, object)
    _reported = Signal(object, str, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("metrics", self, background=True)
        self._cancel: threading.Event | None = None
        self._told.connect(self._on_told)
        self._reported.connect(self._on_reported)

    @property
    def running(self) -> bool:
        """Whether a measurement is under way, even one that is given up and hasn't ended yet."""
        return self._cancel is not None

    def start(self, measure: Measure, images: ImageSet) -> None:
        """Measure. Raises RuntimeError while another measurement is under way."""
        if self._cancel is not None:
            msg = "a measurement is under way"
            raise RuntimeError(msg)
        cancel = self._cancel = threading.Event()
        self._thread.submit(Job(lambda: self._work(measure, images, cancel), self._on_ended, self._on_failed))

    def cancel(self) -> None:
        """Give the measurement up; what it has told already stays."""
        if self._cancel is not None:
            self._cancel.set()

    def close(self) -> None:
        """Give up what is under way, end the thread and wait for it."""
        self.cancel()
        self._thread.close()

    def _work(self, measure: Measure, images: ImageSet, cancel: threading.Event) -> bool:
        """Run on the thread; the signals carry over what it tells."""
        try:
            for result in measure(images, cancel, lambda title, share: self._reported.emit(cancel, title, share)):
                self._told.emit(cancel, result)
        except Cancelled:
            return False
        return True

    def _on_told(self, cancel: threading.Event, result: Result) -> None:
        if cancel is self._cancel:
            self.measured.emit(result)

    def _on_reported(self, cancel: threading.Event, title: str, share: float) -> None:
        if cancel is self._cancel:
            self.progressed.emit(title, share)

    def _on_ended(self, complete: bool) -> None:
        self._cancel = None
        self.ended.emit(complete)

    def _on_failed(self, message: str) -> None:
        self._cancel = None
        self.failed.emit(message)
        self.ended.emit(False)


def as_text(measured: Measurement, results: Sequence[Result]) -> str:
    """Write results as lines with tabs between name, value and meaning, for a spreadsheet or a letter."""
    lines = [f"{measured.model}\t{measured.images}"]
    for result in results:
        lines += [f"{row.title}\t{row.value}\t{row.meaning}" for row in result.rows]
    return "\n".join(lines)


def as_json(measured: Measurement, results: Sequence[Result]) -> str:
    """Write results as `evaluate --json` does, with the model and the images that they are of."""
    context: dict[str, Any] = {"model": measured.model, "run": measured.run or None, "source": measured.source}
    return json.dumps(context | figures_of(results), indent=2, allow_nan=False)
