"""The model on show follows its run folder, which another process may be training. Nothing is written there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.services.task import Job, TaskThread

if TYPE_CHECKING:
    from vae_explorer.core.watching import Glimpse

LOOK_EVERY_MS: Final = 1000
"""While somebody trains: a file is read, and the state of two others asked for."""

REST_MS: Final = 4000
"""While nobody does, or the folder can't be reached."""


class Watch(Protocol):
    """Looks at a run folder: see `core.watching.RunWatch`."""

    def look(self) -> Glimpse:
        """Tell what has changed. Raises UserError."""
        ...


class Watching(QObject):
    """Looks at one run now and then, on a thread of its own. All methods belong to the main thread."""

    glimpsed = Signal(object)
    """A `Glimpse` of the run."""
    weights_came = Signal(object, object)
    """Newer weights, and their step or None."""
    lost = Signal(str)
    """One sentence: why the folder can't be followed now. It is looked for on and on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("watching", self, background=True)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._watch: Watch | None = None
        self._is_live = False
        self._problem = ""

    @property
    def is_live(self) -> bool:
        """Whether somebody else trains the model on show."""
        return self._is_live

    def start(self, watch: Watch, first: Glimpse) -> None:
        """Follow this run from now on, instead of another. `first`: what a look at it has shown."""
        self.stop()
        self._watch = watch
        self._on_glimpse(first)

    def stop(self) -> None:
        """Follow none."""
        self._timer.stop()
        self._watch = None
        self._is_live = False
        self._problem = ""

    def close(self) -> None:
        """Follow none, end the thread and wait for it."""
        self.stop()
        self._thread.close()

    def _look(self) -> None:
        watch = self._watch
        if watch is not None:
            self._thread.submit(
                Job(
                    watch.look,
                    self._while_watching(watch, self._on_glimpse),
                    self._while_watching(watch, self._on_failed),
                )
            )

    def _while_watching(self, watch: Watch, then: Callable[[Any], None]) -> Callable[[Any], None]:
        def answered(value: Any) -> None:
            if watch is self._watch:
                then(value)

        return answered

    def _on_glimpse(self, glimpse: Glimpse) -> None:
        self._is_live = glimpse.is_live
        self._problem = ""
        self._timer.start(LOOK_EVERY_MS if glimpse.is_live else REST_MS)
        self.glimpsed.emit(glimpse)
        if glimpse.weights is not None:
            self.weights_came.emit(glimpse.weights, glimpse.step)

    def _on_failed(self, message: str) -> None:
        """Say it once, however often it is met."""
        self._timer.start(REST_MS)
        if message != self._problem:
            self._problem = message
            self.lost.emit(message)
