"""What the program does between the state and the services: open, explore, train, keep. QtCore only, and no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.support import Support
from vae_explorer.core.resources import resource
from vae_explorer.core.run_folder import is_run
from vae_explorer.core.trust import UntrustedError
from vae_explorer.services.changes import changes_to_codes, changes_to_model
from vae_explorer.services.clouds import CloudService
from vae_explorer.services.colouring import ColouringService
from vae_explorer.services.dataset import DatasetService
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.exploring import Exploring
from vae_explorer.services.following import Following
from vae_explorer.services.grid import GridService
from vae_explorer.services.images import ImagesOpener
from vae_explorer.services.importing import Importing
from vae_explorer.services.keeping import Keeping
from vae_explorer.services.mosaic import MosaicService
from vae_explorer.services.nearby import NearbyService
from vae_explorer.services.reconstructions import ReconstructionService
from vae_explorer.services.selecting import SelectingService
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.shown import ShownModel
from vae_explorer.services.state import AppState, Embedding, Store, changes_to_image
from vae_explorer.services.stored_codes import CodesOpener
from vae_explorer.services.tables import Tables
from vae_explorer.services.task import Job, TaskThread
from vae_explorer.services.training import TrainingService
from vae_explorer.services.trainings import Trainings
from vae_explorer.services.trusting import Trusting
from vae_explorer.services.undo import UndoHistory
from vae_explorer.services.watching import Watch, Watching

if TYPE_CHECKING:
    from types import ModuleType

    from vae_explorer.core.watching import Glimpse
    from vae_explorer.services.loaded_model import LoadedModel


class Session(QObject):
    """Carries out what the person asks for. All methods belong to the main thread."""

    ready = Signal()
    """Torch is there: models can be opened."""
    image_decoded = Signal(object)
    """The `Decoded` image of the probe."""
    image_pointed = Signal(object)
    """The index of the image that the person points at in one of the panes, or None: the others ring it."""
    pairs_decoded = Signal(object)
    """`reconstructions.Pairs`."""
    model_opened = Signal(object, object)
    """The RunConfig and the history (a list of dicts) of a model that was opened."""
    shape_mismatched = Signal(object)
    """An ImageSet that the model doesn't take as it is; answer with `convert_images` or go on to train anew."""
    training_started = Signal(object, object)
    """The RunConfig, and the history of what was resumed (empty for a new run)."""
    training_ended = Signal(object)
    """A `TrainResult`."""
    training_failed = Signal(str)
    noted = Signal(str)
    """Something worth a line in the status bar."""
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(self, store: Store, settings: SettingsFile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.undo = UndoHistory(store, self)
        self.settings = settings
        self.decoding = DecodeService(self)
        self.mosaic = MosaicService(self.decoding, self)
        self.grid = GridService(self.decoding, self)
        self.films = MosaicService(self.decoding, self, Lane.FILM)
        self.embedding = EmbeddingService(self)
        self.nearby = NearbyService(self)
        self.dataset = DatasetService(self)
        self.training = TrainingService(self)
        self.watching = Watching(self)
        self.colouring = ColouringService(store, lambda: self.training.running, self)
        self.clouds = CloudService(self)
        self.selecting = SelectingService(store, self)
        self._shown = ShownModel(store, self.decoding, self.embedding, self.nearby, self.colouring)
        self._reconstructions = ReconstructionService(self.decoding, self)
        self._files = TaskThread("files", self)
        self.tables = Tables(store, self._files, self)
        self.trusting = Trusting(self._files, self)
        self.importing = Importing(self._files, self.trusting, self)
        self.keeping = Keeping(settings, self._files, self._shown, self)
        self._following = Following(store, self.decoding, self.embedding, self._files, self)
        self._images = ImagesOpener(store, settings, self.dataset, self.decoding, self.embedding, self._shown, self)
        self.codes = CodesOpener(store, self.decoding, self.embedding, self._files, self._images, self)
        self._trainings = Trainings(store, settings, self.training, self._following, self._files, self._images, self)
        pictures = (self.mosaic, self.grid, self.films)
        self._exploring = Exploring(
            store, self.decoding, pictures, self.embedding, self.nearby, self.training, self._shown, self
        )
        self._engine: Any = None
        self._device = "auto"
        self._connect()

    def _connect(self) -> None:
        self.store.changed.connect(self._on_state_changed)
        self.embedding.embedded.connect(self._on_embedded)
        self._exploring.image_decoded.connect(self.image_decoded)
        self._reconstructions.decoded.connect(self.pairs_decoded)
        self._images.shape_mismatched.connect(self.shape_mismatched)
        self.watching.weights_came.connect(self._on_weights_came)
        self._following.built.connect(self._show_model)
        self._trainings.started.connect(self.training_started)
        self._trainings.ended.connect(self.training_ended)
        self._trainings.broke_off.connect(self.training_failed)
        self.importing.imported.connect(self._on_imported)
        for noting in (self.tables, self.selecting, self.keeping, self._images, self.codes):
            noting.noted.connect(self.noted)
        for service in (
            self.decoding, self.grid, self.embedding, self.nearby, self.dataset, self.colouring, self.clouds,
            self.selecting, self.tables, self.keeping, self._following, self._trainings, self.codes, self.importing,
            self.trusting,
        ):  # fmt: skip
            service.failed.connect(self.failed)

    # Start and end

    def start(self, load_engine: Callable[[], ModuleType], device: str) -> None:
        """Import torch on a thread; `ready` follows."""
        self._device = device

        def loaded(engine: ModuleType) -> None:
            self._engine = engine
            self._trainings.use(engine, device)
            self.codes.use(engine)
            self.importing.use(engine)
            self.ready.emit()

        self._files.submit(Job(load_engine, loaded, self.failed.emit))

    @property
    def engine(self) -> Any:
        """The module `services.engine`, once `ready`."""
        return self._engine

    @property
    def device(self) -> str:
        """Where models are to run, as it was asked for: “auto”, or a device's name."""
        return self._device

    @property
    def training_config(self) -> RunConfig | None:
        """What is being trained."""
        return self._trainings.config

    @property
    def loaded(self) -> LoadedModel | None:
        """The model on show, as the engine has it."""
        return self._shown.loaded

    def close(self) -> None:
        """Stop training, which saves it, then end all threads and wait for them."""
        for service in (
            self.watching, self.training, self.dataset, self.mosaic, self.grid, self.films, self.embedding, self.nearby,
            self.colouring, self.clouds, self.selecting, self.decoding, self._files,
        ):  # fmt: skip
            service.close()

    # Models

    def open_model(self, path: Path, images: str | None = None, codes: Path | None = None, note: str = "") -> None:
        """Read a run folder, and then `images`, or else those at hand if they fit, or else those it was trained on.

        With a folder of `codes` these are shown, rather than the images encoded. A model of another library is
        imported first. `note` is said once it is shown.
        """
        engine, device = self._engine, self._device

        def done(result: tuple[LoadedModel, Watch, Glimpse] | UntrustedError | None) -> None:
            if isinstance(result, UntrustedError):
                self.trusting.wanted.emit(result, lambda: self.open_model(path, images, codes, note))
                return
            if result is None:
                self.importing.import_model(path)
                return
            loaded, watch, first = result
            self._show_model(loaded)
            self.settings.add_recent("recent_models", str(path.absolute()))
            self.model_opened.emit(loaded.info.config, list(first.history))
            if codes is None:
                self._images.open_for(loaded.info.config, images)
            else:
                self.codes.open(codes, images)
            self.watching.start(watch, replace(first, history=()))
            if note:
                self.noted.emit(note)

        self._files.submit(Job(lambda: engine.open_run(path, device), done, self.failed.emit))

    def _on_imported(self, path: Path, found: str) -> None:
        words = self.tr("Imported: {0}. File → Import a model… corrects what was found wrongly.")
        self.open_model(path, note=words.format(found))

    def open_codes(self, path: Path) -> None:
        """Show the codes in a folder, which the model on show has made, with their images."""
        self.codes.open(path)

    def _show_model(self, loaded: LoadedModel) -> None:
        """Let another model decode, from the origin of its latent space."""
        self.watching.stop()
        self._shown.show(loaded, **changes_to_model(loaded.info))

    def _on_weights_came(self, weights: Mapping[str, Any], step: int | None) -> None:
        """Another process has trained the model on."""
        loaded, state = self._shown.loaded, self.store.state
        if loaded is None:
            return
        loaded.take(weights, step)
        self.decoding.swap(weights)
        if state.embedding is not None and not self.codes.made(state.embedding):
            generation = self.decoding.generation
            self.embedding.encode(loaded.encoder(), state.embedding.images, generation, sparing=True)

    # Images

    def open_sample(self, name: str = "digits-2d") -> None:
        """Show the model of this name that comes with the program, on the sample that it begins with."""
        try:
            self.open_model(resource("models", name), images=f"sample:{name.partition('-')[0]}")
        except UserError as error:
            self.failed.emit(str(error))

    def open_path(self, path: Path) -> None:
        """Open what was dropped or named: a run folder as a model, one of another library too; else images."""
        engine = self._engine

        def told(is_model: bool) -> None:  # what the engine answers
            self.open_model(path) if is_model else self.open_images(str(path))

        self._files.submit(Job(lambda: is_run(path) or engine.is_foreign(path), told, self.failed.emit))

    def open_images(self, spec: str) -> None:
        """Read the images at `spec`, at the shape that suits them."""
        self._images.open(spec)

    def convert_images(self, images: ImageSet) -> None:
        """Read images again, at the shape that the model takes."""
        self._images.convert(images)

    def _on_embedded(self, embedding: Embedding, support: Support) -> None:
        self.nearby.use(support)
        self.store.update(embedding=embedding, **changes_to_codes(self.store.state, embedding))
        self._exploring.ask_nearby(self.store.state)
        model = self.store.state.model
        self._reconstructions.ask(embedding, model.classes if model is not None else ())

    # Exploring

    def go_to_image(self, index: int) -> None:
        """Take the code of an image to the probe, and decode it as the image's class."""
        self.store.update(**changes_to_image(self.store.state, index))

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        if (old.smooth, old.tile_px) != (new.smooth, new.tile_px):
            self.settings.update(smooth=new.smooth, tile_px=new.tile_px)

    # Training

    def train(self, config: RunConfig) -> None:
        """Train a new model on the images at hand, read anew where `config` wants another shape."""
        self._trainings.train(config)

    def resume_run(self, path: Path) -> None:
        """Go on with a run that was stopped."""
        self._trainings.resume(path)

    def go_on(self) -> None:
        """Go on with the training that ended last."""
        self._trainings.go_on()
