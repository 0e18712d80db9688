"""Begins trainings, and goes on with them: what is checked before, and what follows from each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.services.dataset import fits
from vae_explorer.services.following import Following
from vae_explorer.services.images import ImagesOpener
from vae_explorer.services.runs import new_run_path
from vae_explorer.services.settings import SettingsFile, runs_folder
from vae_explorer.services.state import Store
from vae_explorer.services.task import Job, TaskThread
from vae_explorer.services.training import TrainingService


class Trainings(QObject):
    """Belongs to the main thread. One training at a time; the window follows it."""

    started = Signal(object, object)
    """The RunConfig, and the history of what was resumed (empty for a new run)."""
    ended = Signal(object)
    """A `TrainResult`."""
    broke_off = Signal(str)
    """Training failed, for this reason."""
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(
        self, store: Store, settings: SettingsFile, training: TrainingService, following: Following, files: TaskThread,
        images: ImagesOpener, parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store = store
        self._settings = settings
        self._training = training
        self._following = following
        self._files = files
        self._images = images
        self._engine: Any = None
        self._device = "auto"
        self._last_run: Path | None = None
        self.config: RunConfig | None = None
        """Of the training under way."""
        training.stepped.connect(self._on_step)
        training.finished.connect(self._on_finished)
        training.failed.connect(self._on_failed)

    def use(self, engine: Any, device: str) -> None:
        """Take the engine: from now on there can be trainings, on `device` where it isn't said otherwise."""
        self._engine, self._device = engine, device

    def train(self, config: RunConfig) -> None:
        """Train a new model on the images at hand, read anew where `config` wants another shape."""
        images = self._store.state.images
        if images is None or self._training.running:
            return
        if fits(images, config):
            self._start(config, images)
        else:
            self._images.read(images.source, config.data.shape, lambda read: self._start(config, read))

    def resume(self, path: Path) -> None:
        """Go on with a run that was stopped."""
        if self._must_wait():
            return
        engine, device = self._engine, self._device

        def done(result: tuple[RunConfig, list[dict[str, Any]], Callable[[ImageSet], Any]]) -> None:
            config, history, steps = result
            self._images.read(
                config.data.source,
                config.data.shape,
                lambda images: self._follow(config, path, images, steps(images), history),
            )

        self._files.submit(Job(lambda: engine.prepare_resume(path, device), done, self.failed.emit))

    def go_on(self) -> None:
        """Go on with the training that ended last."""
        if self._last_run is not None:
            self.resume(self._last_run)

    def _start(self, config: RunConfig, images: ImageSet) -> None:
        try:
            config = self._engine.with_classes(config, images)
            self._engine.check_trainable(config, images)
        except UserError as error:
            self.failed.emit(str(error))
            return
        path = new_run_path(runs_folder(), config)
        self._follow(config, path, images, self._engine.start_run(config, images, path), [])

    def _follow(
        self, config: RunConfig, path: Path, images: ImageSet, steps: Any, history: list[dict[str, Any]]
    ) -> None:
        if self._must_wait():
            return
        self._following.start(self._engine, config, path, images)
        self._store.update(images=images)
        self._training.start(steps)
        self.config = config
        self.started.emit(config, history)

    def _must_wait(self) -> bool:
        """Say so where another training runs: it may have begun while images were read for this one."""
        if self._training.running:
            self.failed.emit(self.tr("Another training is under way; stop it first."))
        return self._training.running

    def _on_step(self, step: TrainStep) -> None:
        if step.snapshot is not None:
            self._following.take(step.snapshot, exact=self._training.paused)

    def _on_finished(self, result: TrainResult) -> None:
        self.config = None
        path = self._last_run = self._following.finish()
        if path is not None:
            self._settings.add_recent("recent_models", str(path))
        self.ended.emit(result)

    def _on_failed(self, message: str) -> None:
        self.config = None
        self._following.finish()
        self.broke_off.emit(message)
