"""Images: read for what asks for them, and shown by their codes where the model on show takes them. No torch here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.services.dataset import DatasetService, fits, takes
from vae_explorer.services.decoding import DecodeService
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.shown import ShownModel
from vae_explorer.services.state import Store


class ImagesOpener(QObject):
    """Brings images to the state, one set at a time, for whoever asked last. Belongs to the main thread."""

    shape_mismatched = Signal(object)
    """An ImageSet that the model doesn't take as it is; answer with `convert` or go on to train anew."""
    noted = Signal(str)

    def __init__(
        self, store: Store, settings: SettingsFile, dataset: DatasetService, decoding: DecodeService,
        embedding: EmbeddingService, shown: ShownModel, parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store = store
        self._settings = settings
        self._dataset = dataset
        self._decoding = decoding
        self._embedding = embedding
        self._shown = shown
        self._when_read: Callable[[ImageSet], None] = self._show
        dataset.opened.connect(self._on_read)

    def read(self, spec: str, shape: ImageShape | None, then: Callable[[ImageSet], None]) -> None:
        """Read images and hand them to `then`, instead of what was being read and what that was for."""
        self._when_read = then
        self._dataset.open(spec, shape)

    def open(self, spec: str) -> None:
        """Read the images at `spec`, at the shape that suits them, to be shown."""
        self.read(spec, None, self._show)

    def open_for(self, config: RunConfig, spec: str | None) -> None:
        """Show the images at `spec`, or else those at hand if a model of `config` takes them, or else its own."""
        images = self._store.state.images
        if spec is None and images is not None and takes(images, config):
            self.encode(images)
        elif spec or config.data.source:
            self.read(spec or config.data.source, config.data.shape, self._show)

    def convert(self, images: ImageSet) -> None:
        """Read images again, at the shape that the model takes."""
        model = self._store.state.model
        if model is not None:
            self.read(images.source, model.config.data.shape, self._show)

    def encode(self, images: ImageSet) -> None:
        """Ask for the codes of images that the model takes."""
        loaded = self._shown.loaded
        if loaded is not None and not loaded.info.can_encode:
            self.noted.emit(self.tr("This model is a decoder alone: it decodes codes, but can't encode images."))
        elif loaded is not None:
            self._embedding.encode(loaded.encoder(), images, self._decoding.generation)

    def _on_read(self, images: ImageSet) -> None:
        self._settings.add_recent("recent_images", images.source)
        self._store.update(images=images)
        if images.note:
            self.noted.emit(images.note)
        self._when_read(images)

    def _show(self, images: ImageSet) -> None:
        """Encode images by the model at hand. Where only the fit is another one, there is nothing to ask."""
        model = self._store.state.model
        if model is None:
            return
        if fits(images, model.config):
            self.encode(images)
        elif images.shape.array_shape == model.config.data.shape.array_shape:
            self.convert(images)
        else:
            self.shape_mismatched.emit(images)
