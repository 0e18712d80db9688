"""A second model beside the window's own: on the same images, and at the same place of its latent space."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import takes_labels
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.support import Support
from vae_explorer.core.resources import resource
from vae_explorer.services.candidates import Candidate, candidates, counterpart
from vae_explorer.services.clouds import CloudService
from vae_explorer.services.colouring import ColouringService
from vae_explorer.services.decoding import Decoded, DecodeService, Lane
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.link import CLASS, LOOKS, PLACE, Link
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.mosaic import MosaicService
from vae_explorer.services.nearby import NearbyService
from vae_explorer.services.prior_samples import PriorSamples
from vae_explorer.services.selecting import SelectingService
from vae_explorer.services.session import Session
from vae_explorer.services.settings import runs_folder
from vae_explorer.services.shown import ShownModel
from vae_explorer.services.state import AppState, Embedding, Store
from vae_explorer.services.task import Job, TaskThread

if TYPE_CHECKING:
    from vae_explorer.services.loaded_model import LoadedModel


class Companion(QObject):
    """Opens a model and shows it in a store of its own, linked with the session's; its threads are its own too.

    All methods belong to the main thread. It asks for nothing until it is active, and gives way to the first model.
    """

    listed = Signal(object)
    """The `Candidate`s there are."""
    image_decoded = Signal(object)
    """The `Decoded` image of its probe."""
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._active = False
        self._chosen_by_person = False
        self._asked: Path | None = None
        """The run that was to be opened last, whether that went well or not."""
        first = session.store.state
        self.store = Store(AppState(**{name: getattr(first, name) for name in LOOKS}), self)
        self.link = Link(session.store, self.store, self)
        self.decoding = DecodeService(self, background=True)
        self.mosaic = MosaicService(self.decoding, self)
        self.embedding = EmbeddingService(self)
        self.nearby = NearbyService(self)
        self._colouring = ColouringService(self.store, lambda: False, self)
        self._shown = ShownModel(self.store, self.decoding, self.embedding, self.nearby, self._colouring)
        self.clouds = CloudService(self)
        self.selecting = SelectingService(self.store, self)
        self._thread = TaskThread("second model", self)
        training = session.training
        self.first_samples = PriorSamples(session.store, session.decoding, self._thread, lambda: training.running, self)
        self.samples = PriorSamples(self.store, self.decoding, self._thread, lambda: False, self)
        self._connect()

    def _connect(self) -> None:
        self._session.store.changed.connect(self._on_first_changed)
        self._session.training_ended.connect(self.refresh)
        self.store.changed.connect(self._on_changed)
        self.decoding.decoded.connect(self._on_decoded)
        self.decoding.condition_changed.connect(self._on_condition_changed)
        self.embedding.embedded.connect(self._on_embedded)
        for service in (
            self.decoding, self.embedding, self.nearby, self._colouring, self.clouds, self.selecting, self.samples,
            self.first_samples,
        ):  # fmt: skip
            service.failed.connect(self.failed)

    @property
    def takes_shape(self) -> bool:
        """Whether the images at hand have the shape of those that the model was trained on."""
        model, images = self.store.state.model, self._session.store.state.images
        return model is None or images is None or images.shape.array_shape == model.config.data.shape.array_shape

    @property
    def takes_labels(self) -> bool:
        """Whether the images at hand have labels that the model knows, if it needs any."""
        model, images = self.store.state.model, self._session.store.state.images
        return model is None or images is None or takes_labels(model.classes, images)

    def set_active(self, active: bool) -> None:
        """Say whether anybody looks. Then it catches up."""
        self._active = active
        if active:
            self.refresh()
            self._encode()
            self._decode_probe()
            self._decode_first()
        for samples in (self.first_samples, self.samples):
            samples.set_active(active)

    def refresh(self) -> None:
        """List the models there are, and open one that suits, unless the person has chosen."""
        first = self._session.store.state.model
        if not self._active or self._session.engine is None or first is None:
            return

        def done(found: list[Candidate]) -> None:
            self.listed.emit(found)
            best = counterpart(first.config, found)
            if best is not None and not self._chosen_by_person and best.path != self._asked:
                self._open(best.path)

        self._thread.submit(Job(_list, done, self.failed.emit))

    def open(self, path: Path) -> None:
        """Let the model in a run folder be the second."""
        self._chosen_by_person = True
        self._open(path)

    def draw(self, seed: int) -> None:
        """Draw other samples from the prior, the same codes for both models."""
        for samples in (self.first_samples, self.samples):
            samples.draw(seed)

    def close(self) -> None:
        """End the threads and wait for them."""
        self._active = False
        for service in (
            self.link, self.first_samples, self.samples, self.mosaic, self.embedding, self.nearby, self._colouring,
            self.clouds, self.selecting, self.decoding, self._thread,
        ):  # fmt: skip
            service.close()

    def _open(self, path: Path) -> None:
        engine, device = self._session.engine, self._session.device
        if engine is None:
            self.failed.emit(self.tr("Models can be opened in a moment, once torch is there."))
            return
        self._asked = path
        self._thread.submit(Job(lambda: engine.LoadedModel.open(path, device), self._show, self.failed.emit))

    def _show(self, loaded: LoadedModel) -> None:
        """Let another model decode: from where the first is, or else from the origin of its latent space."""
        nothing = {"images": None, "embedding": None, "original": None, "selection": None}
        self._shown.show(loaded, model=loaded.info, **nothing, **self._start(loaded.info))
        self._encode()
        self._decode_probe()

    def _start(self, model: ModelInfo) -> dict[str, Any]:
        first, dims = self._session.store.state, model.latent_dims
        nowhere = AppState(probe=(0.0,) * dims, plane_dims=(0, min(1, dims - 1)))
        place = first if len(first.probe) == dims else nowhere
        as_what = first if first.model is not None and first.model.classes == model.classes else nowhere
        return {name: getattr(place, name) for name in PLACE} | {name: getattr(as_what, name) for name in CLASS}

    def _encode(self) -> None:
        """Encode the session's images, where the model takes them."""
        loaded, images = self._shown.loaded, self._session.store.state.images
        if not self._active or loaded is None or images is self.store.state.images:
            return
        self._shown.forget_codes()
        self.store.update(images=images, embedding=None, original=None, selection=None)
        if images is not None and loaded.info.can_encode and self.takes_shape and self.takes_labels:
            self.embedding.encode(loaded.encoder(), images, self.decoding.generation)

    def _decode_probe(self) -> None:
        if self._active and self._shown.loaded is not None:
            self.decoding.request(Lane.PROBE, self.store.state.point[None])

    def _decode_first(self) -> None:
        """Ask for the first model's image once more: it was decoded before anybody looked."""
        state = self._session.store.state
        if state.probe:
            self._session.decoding.request(Lane.PROBE, state.point[None])

    def _on_first_changed(self, old: AppState, new: AppState) -> None:
        if new.images is not old.images:
            self._encode()
        if new.model is not old.model:
            self.refresh()

    def _on_changed(self, old: AppState, new: AppState) -> None:
        # A new decoder is at its first class, whatever the class was before.
        self.decoding.condition(new.condition)
        if new.probe != old.probe and new.model is old.model:
            self._decode_probe()

    def _on_condition_changed(self, _generation: int) -> None:
        self._decode_probe()
        self.mosaic.weights_changed(sparing=False)

    def _on_decoded(self, decoded: Decoded) -> None:
        if decoded.lane is Lane.PROBE:
            self.image_decoded.emit(decoded)

    def _on_embedded(self, embedding: Embedding, support: Support) -> None:
        self.nearby.use(support)
        self.store.update(embedding=embedding)
        if self.link.shows_same_images:
            self.store.update(selection=self._session.store.state.selection)


def _list() -> list[Candidate]:
    """Run on the thread: the window's own runs, and what comes with the program."""
    folders = [runs_folder()]
    with suppress(UserError):
        folders.append(resource("models"))
    return candidates(folders)
