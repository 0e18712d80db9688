"""The window's model follows a training: newest weights, newest codes, at no cost that the training would feel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import takes_labels
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet, spread
from vae_explorer.core.progress import Snapshot
from vae_explorer.services.decoding import DecodeService
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.state import Store
from vae_explorer.services.task import Job, TaskThread

if TYPE_CHECKING:
    from vae_explorer.services.loaded_model import LoadedModel

EXACT = 10
"""Images that are encoded anew for each snapshot, so that their reconstructions are exactly the model's."""


@dataclass(eq=False)
class _Run:
    config: RunConfig
    path: Path
    images: ImageSet
    building: bool = False
    model: LoadedModel | None = None
    newest: Snapshot | None = None
    fresh: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Images that are encoded anew for each snapshot."""


class Following(QObject):
    """Follows one training at a time, as long as its model is the one that is shown. Belongs to the main thread."""

    built = Signal(object)
    """The `LoadedModel` of a training's first snapshot: to be shown."""
    failed = Signal(str)

    def __init__(
        self, store: Store, decoding: DecodeService, embedding: EmbeddingService, files: TaskThread, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._decoding = decoding
        self._embedding = embedding
        self._files = files
        self._engine: Any = None
        self._run: _Run | None = None

    def start(self, engine: Any, config: RunConfig, path: Path, images: ImageSet) -> None:
        """Follow a training that starts now."""
        self._engine = engine
        self._run = _Run(config, path, images)

    def take(self, snapshot: Snapshot, *, exact: bool) -> None:
        """Go on with a newer snapshot. `exact`: there is time to encode all images by it."""
        run = self._run
        if run is None:
            return
        run.newest = snapshot
        if not run.building:
            self._build(run, snapshot)
        elif run.model is not None and self._is_shown(run):
            self._go_on(run, run.model, snapshot, exact=exact)

    def finish(self) -> Path | None:
        """Encode all images by the last snapshot. Returns where the run lies."""
        run, self._run = self._run, None
        if run is None:
            return None
        if run.model is not None and run.newest is not None and self._is_shown(run):
            self._encode(run, run.model, run.newest, exact=True)
        return run.path

    def _is_shown(self, run: _Run) -> bool:
        return run.model is not None and self._store.state.model is run.model.info

    def _build(self, run: _Run, snapshot: Snapshot) -> None:
        """Make the model off the main thread."""
        run.building = True
        engine = self._engine

        def work() -> tuple[LoadedModel, NDArray[np.int64]]:
            weights: Mapping[str, Any] = snapshot.weights
            model = engine.LoadedModel.of_weights(run.config, weights, run.path, run.config.training.device)
            return model, spread(run.images, EXACT)

        def done(result: tuple[LoadedModel, NDArray[np.int64]]) -> None:
            run.model, run.fresh = model, _ = result
            self.built.emit(model)
            # By now there are newer snapshots as a rule; where the training was short, the last one.
            self._go_on(run, model, run.newest or snapshot, exact=True)

        self._files.submit(Job(work, done, self.failed.emit))

    def _go_on(self, run: _Run, model: LoadedModel, snapshot: Snapshot, *, exact: bool) -> None:
        model.take(snapshot.weights, snapshot.step)
        self._decoding.swap(snapshot.weights)
        self._encode(run, model, snapshot, exact=exact)

    def _encode(self, run: _Run, model: LoadedModel, snapshot: Snapshot, *, exact: bool) -> None:
        """Encode the images at hand: those of the training by its by-product, others by the encoder."""
        state = self._store.state
        before = state.embedding
        images = state.images
        if images is None or not _takes(run, images):
            # Others were opened that the model doesn't take: those on show go on.
            images = before.images if before is not None else run.images
        generation = self._decoding.generation
        if exact or snapshot.codes is None or images is not run.images:
            self._embedding.encode(model.encoder(), images, generation, sparing=not exact)
        elif before is not None and before.images is images:
            encode = model.patcher(snapshot.codes, snapshot.log_var, before, run.fresh)
            self._embedding.encode(encode, images, generation, sparing=True)


def _takes(run: _Run, images: ImageSet) -> bool:
    """Whether the model can encode these images."""
    same_shape = images.images.shape[1:] == run.images.images.shape[1:]
    return same_shape and takes_labels(run.config.model.classes, images)
