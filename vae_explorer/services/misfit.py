"""How badly each image is reconstructed: all of them are decoded, on a thread, when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.base import Cancelled, ImageSet, Progress
from vae_explorer.services.task import Job, TaskThread

if TYPE_CHECKING:
    from vae_explorer.core.misfit import Misfit

OnProgress = Callable[[Progress], None]

Judge = Callable[[ImageSet, threading.Event, OnProgress], "Misfit"]
"""Measures all images, on whatever thread calls it. Raises UserError, and Cancelled once the event is set."""


class Judging(Protocol):
    """A model that can judge images: `engine.LoadedModel`."""

    @property
    def newest(self) -> Mapping[str, Any] | None:
        """The weights of now, where they are a training's."""
        ...

    @property
    def step(self) -> int | None:
        """The step of that training."""
        ...

    def judge(self) -> Judge:
        """Return what judges images by a copy of the model, with the weights of now."""
        ...


@dataclass(frozen=True, eq=False)
class Question:
    """What is judged, by which weights."""

    model: Judging
    weights: Mapping[str, Any] | None
    step: int | None
    images: ImageSet

    def answers(self, other: Question, *, exactly: bool) -> bool:
        """Whether its answer is that of another, if need be by the very same weights."""
        same = self.model is other.model and self.images is other.images
        return same and (not exactly or self.weights is other.weights)


class MisfitService(QObject):
    """One question at a time; the newest wins. All methods belong to the main thread, and so do all signals."""

    measured = Signal()
    """`find` has it."""
    progressed = Signal(float)
    """The share of the images that are done."""
    failed = Signal(str)
    """One sentence; the same isn't asked again."""
    _reported = Signal(object, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("misfit", self, background=True)
        self._cancel = threading.Event()
        self._model: Judging | None = None
        self._under_way: Question | None = None
        self._given_up: Question | None = None
        self._answer: tuple[Question, Misfit] | None = None
        self._reported.connect(self._on_reported)

    def use(self, model: Judging | None) -> None:
        """Let another model judge from now on."""
        self.stop()
        self._model = model
        self._answer = self._given_up = None

    def find(self, images: ImageSet, *, exactly: bool) -> tuple[Question, Misfit] | None:
        """Return what is known already. `exactly`: only by the weights of now."""
        wanted = self._question(images)
        known = wanted is not None and self._answer is not None and self._answer[0].answers(wanted, exactly=exactly)
        return self._answer if known else None

    def ask(self, images: ImageSet, *, exactly: bool) -> None:
        """Judge images, unless that is under way. `exactly`: by no other weights than those of now."""
        wanted = self._question(images)
        if wanted is None:
            return
        for other in (self._under_way, self._given_up):
            if other is not None and other.answers(wanted, exactly=exactly):
                return
        self._start(wanted)

    def stop(self) -> None:
        """Give up what is under way."""
        self._cancel.set()
        self._under_way = None

    def close(self) -> None:
        """Give up what is under way, end the thread and wait for it."""
        self.stop()
        self._thread.close()

    def _question(self, images: ImageSet) -> Question | None:
        model = self._model
        return None if model is None else Question(model, model.newest, model.step, images)

    def _start(self, question: Question) -> None:
        self.stop()
        cancel = self._cancel = threading.Event()
        self._under_way = question
        judge = question.model.judge()

        def work() -> Misfit | None:
            try:
                return judge(question.images, cancel, lambda progress: self._report(question, progress))
            except Cancelled:
                return None

        def done(misfit: Misfit | None) -> None:
            if misfit is not None and question is self._under_way:
                self._under_way = None
                self._answer = question, misfit
                self.measured.emit()

        def failed(message: str) -> None:
            if question is self._under_way:
                self._under_way, self._given_up = None, question
                self.failed.emit(message)

        self._thread.submit(Job(work, done, failed))

    def _report(self, question: Question, progress: Progress) -> None:
        """Called on the thread; the signal carries it over."""
        self._reported.emit(question, progress.done / max(progress.total, 1))

    def _on_reported(self, question: Question, share: float) -> None:
        if question is self._under_way:
            self.progressed.emit(share)
