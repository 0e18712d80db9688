"""Training in a QThread, steered by events."""

from __future__ import annotations

from collections.abc import Callable, Generator

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.core.progress import Control, TrainResult, TrainStep
from vae_explorer.services.task import Job, TaskThread

Train = Callable[[Control], Generator[TrainStep, None, TrainResult]]

SNAPSHOT_EVERY_S = 0.5
"""How often the window sees new weights, at most."""


class TrainingService(QObject):
    """Runs one training at a time. All methods belong to the main thread, and so do all signals."""

    stepped = Signal(object)
    """A `TrainStep`."""
    finished = Signal(object)
    """A `TrainResult`. Always comes, unless `failed` does."""
    failed = Signal(str)
    paused_changed = Signal(bool)
    weight_changed = Signal(float)
    """What the regulariser is multiplied by, from the next step on."""
    _moved = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("training", self, background=True)
        self._control: Control | None = None
        self._weight = 1.0
        self._moved.connect(self.stepped)  # from signal to signal: it is here that it is heard, on the main thread
        self.stepped.connect(self._on_stepped)

    @property
    def running(self) -> bool:
        """Whether a training is under way, paused or not."""
        return self._control is not None

    @property
    def paused(self) -> bool:
        """Whether the person has paused it."""
        return self._control is not None and not self._control.running.is_set()

    @property
    def weight(self) -> float:
        """What the regulariser is multiplied by; after a training what it was at its end."""
        return self._weight

    def set_weight(self, weight: float) -> None:
        """Multiply the regulariser by `weight` from the next step on."""
        if self._control is not None and weight >= 0:
            self._control.weight = weight
            self._show_weight(weight)

    def start(self, train: Train) -> None:
        """Start training. Raises RuntimeError while another runs."""
        if self._control is not None:
            msg = "a training is under way"
            raise RuntimeError(msg)
        self._show_weight(1.0)  # a run that goes on tells its own with its first step
        control = self._control = Control(snapshot_every_s=SNAPSHOT_EVERY_S)
        self._thread.submit(Job(lambda: self._work(train, control), self._on_finished, self._on_failed))

    def pause(self) -> None:
        """Pause before the next step."""
        if self._control is not None:
            self._control.running.clear()
            self.paused_changed.emit(True)

    def resume(self) -> None:
        """Go on."""
        if self._control is not None:
            self._control.running.set()
            self.paused_changed.emit(False)

    def stop(self) -> None:
        """End before the next step; what was learned is kept."""
        if self._control is not None:
            self._control.stop()

    def give_way(self, seconds: float) -> None:
        """Leave the processor alone for so long, as far as training doesn't come to a halt."""
        if self._control is not None:
            self._control.give_way(seconds)

    def close(self) -> None:
        """Stop, which saves; end the thread and wait for it."""
        self.stop()
        self._thread.close()

    def _work(self, train: Train, control: Control) -> TrainResult:
        """Run on the thread."""
        steps = train(control)
        while True:
            try:
                self._moved.emit(next(steps))
            except StopIteration as end:
                result: TrainResult = end.value
                return result

    @Slot(object)
    def _on_stepped(self, step: TrainStep) -> None:
        if self._control is not None and self._control.weight is None:
            self._show_weight(step.weight)

    def _show_weight(self, weight: float) -> None:
        if weight != self._weight:
            self._weight = weight
            self.weight_changed.emit(weight)

    def _on_finished(self, result: TrainResult) -> None:
        self._control = None
        self.finished.emit(result)

    def _on_failed(self, message: str) -> None:
        self._control = None
        self.failed.emit(message)
