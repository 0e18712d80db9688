"""Codes from a folder instead of encoding again: they stay in their files, however many there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.services.dataset import fits
from vae_explorer.services.decoding import DecodeService
from vae_explorer.services.embedding import EmbeddingService, Encode
from vae_explorer.services.images import ImagesOpener
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.state import Embedding, Store
from vae_explorer.services.task import Job, TaskThread

if TYPE_CHECKING:
    from vae_explorer.core.code_folder import StoredCodes


class CodesOpener(QObject):
    """Shows codes that `encode` has written to a folder. Belongs to the main thread."""

    awaited = Signal(int)
    """So many codes are being read; 0: that is over."""
    noted = Signal(str)
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(
        self, store: Store, decoding: DecodeService, embedding: EmbeddingService, files: TaskThread,
        images: ImagesOpener, parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store = store
        self._decoding = decoding
        self._embedding = embedding
        self._files = files
        self._images = images
        self._engine: Any = None
        self._shown: StoredCodes | None = None
        for over in (embedding.embedded, embedding.failed, self.failed):
            over.connect(lambda *_: self.awaited.emit(0))
        store.changed.connect(lambda old, new: None if new.model is old.model else self.awaited.emit(0))

    def use(self, engine: Any) -> None:
        """Take the engine: from now on codes can be opened."""
        self._engine = engine

    def made(self, embedding: Embedding | None) -> bool:
        """Whether these are the codes of a folder, which no newer weights change."""
        return embedding is not None and self._shown is not None and embedding.mean is self._shown.mean

    def open(self, path: Path, spec: str | None = None) -> None:
        """Show the codes in a folder with the images at `spec`, or else those that they were made of."""
        model, engine = self._store.state.model, self._engine
        if model is None:
            self.failed.emit(self.tr("Codes are shown with the model that made them: open that first."))
            return

        def done(result: tuple[StoredCodes, bool]) -> None:
            stored, is_of_these_weights = result
            if not is_of_these_weights:
                words = self.tr("The codes in “{0}” were made by other weights than those on show.")
                self.noted.emit(words.format(printable(path.name)))
            images, source = self._store.state.images, spec or stored.facts.source
            if images is not None and images.source == source and fits(images, model.config):
                self._show(stored, images, model)
            else:
                self._images.read(source, model.config.data.shape, lambda read: self._show(stored, read, model))

        self._files.submit(Job(lambda: engine.open_codes(path, model), done, self.failed.emit))

    def _show(self, stored: StoredCodes, images: ImageSet, model: ModelInfo) -> None:
        if self._store.state.model is not model:
            return  # another was opened meanwhile

        self.awaited.emit(stored.facts.count)

        def work() -> ImageSet:
            stored.check_images(images)
            return stored.labelled(images)

        def checked(labelled: ImageSet) -> None:
            self._shown = stored
            self._store.update(images=labelled)
            self._embedding.encode(_given(stored), labelled, self._decoding.generation)

        self._files.submit(Job(work, checked, self.failed.emit))


def _given(stored: StoredCodes) -> Encode:
    def encode(*_: object) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        stored.check_finite()
        return stored.mean, stored.log_var

    return encode
