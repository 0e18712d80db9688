"""Everything that needs torch, behind one door: the window opens before this module is imported."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_explorer.core.catalogue import Catalogue, catalogue, regulariser_of
from vae_explorer.core.checks import check_trainable
from vae_explorer.core.classes import labels_for
from vae_explorer.core.code_folder import StoredCodes
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import apply_settings, configure, with_classes
from vae_explorer.core.cost import Cost, check_affordable
from vae_explorer.core.cost import estimate_cost as estimate
from vae_explorer.core.data.base import Images, ImageSet
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.encoding_to_folder import weights_fingerprint
from vae_explorer.core.errors import UserError
from vae_explorer.core.evaluation import Subject, choose, measure
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.importers.base import UnclearError, import_model, importer_of, write_run
from vae_explorer.core.importers.examining import Examination, examine
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.metrics.base import Result
from vae_explorer.core.misfit import Misfit, measure_misfit
from vae_explorer.core.model import Model, load_model, load_weights
from vae_explorer.core.presence import refuse_if_trained
from vae_explorer.core.progress import Control, TrainResult, TrainStep
from vae_explorer.core.run_folder import HistoryLine, RunFolder
from vae_explorer.core.runtime import available_devices, describe_device, pick_device, use_threads
from vae_explorer.core.training import train
from vae_explorer.core.trust import UntrustedError
from vae_explorer.core.twin import twin_of
from vae_explorer.core.watching import Glimpse, RunWatch
from vae_explorer.services.embedding import Encode
from vae_explorer.services.metrics import Measure, OnProgress
from vae_explorer.services.misfit import Judge
from vae_explorer.services.misfit import OnProgress as OnJudged
from vae_explorer.services.runs import new_run_path, title_of
from vae_explorer.services.state import Embedding, ModelInfo

__all__ = [
    "Catalogue",
    "available_devices",
    "catalogue",
    "configure",
    "examine",
    "regulariser_of",
    "twin_of",
    "with_classes",
]

THREADS = torch.get_num_threads()
"""Among which torch shares the work of an operation by default: as many as there are cores."""

MOST_DECODING = 4
"""More threads than these don't share the decoding of many codes."""

FEW_THREADS = min(4, max(1, THREADS - 1))
"""To decode and to encode: the window draws meanwhile, and threads that wait for each other would wait for it too. More
than a few don't decode a single image any faster."""

Floats = NDArray[np.float32]

Steps = Callable[[Control], Generator[TrainStep, None, TrainResult]]
"""What trains, on whatever thread calls it."""


class WindowDecoder(Decoder):
    """Decodes on a thread beside the one that draws; many codes on several, since it waits for them."""

    def __init__(self, config: RunConfig, weights: Mapping[str, Tensor], device: torch.device) -> None:
        super().__init__(config, weights, device, threads=min(MOST_DECODING, THREADS))

    def decode(self, codes: ArrayLike, labels: ArrayLike | None = None) -> Images:
        """Decode codes (N, D) to images (N, H, W, C) uint8, of a conditional model as classes. Raises UserError."""
        use_threads(FEW_THREADS)
        return super().decode(codes, labels)


class LoadedModel:
    """A model ready to decode and to encode, and to take over newer weights of the same network."""

    def __init__(self, config: RunConfig, model: Model, run: Path | None, device: str) -> None:
        use_threads(THREADS)
        self._device = pick_device(device)
        self._newest: Mapping[str, Tensor] | None = None
        self._step: int | None = None
        self._model = model.to(self._device)
        self.decoder = WindowDecoder(config, model.state_dict(), self._device)
        self.info = ModelInfo(
            config=config,
            run=run,
            title=title_of(config),
            device=describe_device(self._device),
            can_encode=model.can_encode,
        )

    @classmethod
    def open(cls, path: Path, device: str) -> LoadedModel:
        """Read a run folder. Raises UserError."""
        model = load_model(path)
        return cls(model.config, model, path, device)

    @classmethod
    def of_weights(cls, config: RunConfig, weights: Mapping[str, Tensor], run: Path, device: str) -> LoadedModel:
        """Make a model of a training's snapshot."""
        model = Model.from_config(config)
        load_weights(model, weights)
        return cls(config, model, run, device)

    @classmethod
    def open_and_watch(cls, path: Path, device: str) -> tuple[LoadedModel, RunWatch, Glimpse]:
        """Read a run folder, and what follows it from then on, with its first look. Raises UserError."""
        watch = RunWatch(path)
        loaded = cls.open(path, device)
        return loaded, watch, watch.look()

    @property
    def newest(self) -> Mapping[str, Tensor] | None:
        """The weights on show where they are a training's: its run folder may hold older ones."""
        return self._newest

    @property
    def step(self) -> int | None:
        """The step of the training whose weights are on show, where they are one's."""
        return self._step

    def take(self, weights: Mapping[str, Tensor], step: int | None = None) -> None:
        """Encode with newer weights from now on: those of a snapshot, which nobody writes to."""
        self._newest, self._step = weights, step

    def encoder(self) -> Encode:
        """Return what encodes images with the weights of now. Only the encoding thread may call it."""
        weights = self._newest

        def encode(images: ImageSet, cancel: threading.Event) -> tuple[Floats, Floats | None]:
            self._load(weights)
            labels = labels_for(self.info.config.model.classes, images)
            codes = encode_images(self._model, images.images, labels=labels, cancel=cancel)
            return codes.mean, codes.log_var

        return encode

    def patcher(self, codes: Floats, log_var: Floats | None, before: Embedding, fresh: NDArray[np.int64]) -> Encode:
        """Return what takes a snapshot's codes and log-variances, (N, D) each, `before` where they are NaN.

        Only `fresh` are encoded.
        """
        weights = self._newest

        def encode(images: ImageSet, _cancel: threading.Event) -> tuple[Floats, Floats | None]:
            self._load(weights)
            labels = labels_for(self.info.config.model.classes, images)
            newest = encode_images(self._model, images.images[fresh], labels=None if labels is None else labels[fresh])
            mean = _patched(codes, before.mean, fresh, newest.mean)
            if log_var is None or newest.log_var is None:
                return mean, None
            return mean, _patched(log_var, before.log_var, fresh, newest.log_var)

        return encode

    def measurer(self) -> Measure:
        """Return what measures a copy of the model, with the weights of now. Any one thread may use it."""
        weights, shown, device = self._newest, self._model, self._device

        def measure_copy(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Iterator[Result]:
            use_threads(FEW_THREADS)
            model = _copy_of(shown, weights).to(device)
            yield from measure(Subject(model, images, cancel=cancel), choose("all"), on_progress)

        return measure_copy

    def judge(self) -> Judge:
        """Return what tells how badly a copy of the model, with the weights of now, reconstructs each image."""
        weights, shown, device = self._newest, self._model, self._device

        def judge_by_copy(images: ImageSet, cancel: threading.Event, on_progress: OnJudged) -> Misfit:
            use_threads(FEW_THREADS)
            model = _copy_of(shown, weights).to(device)
            labels = labels_for(shown.config.model.classes, images)
            return measure_misfit(model, images.images, labels=labels, cancel=cancel, on_progress=on_progress)

        return judge_by_copy

    def exporter(self, to: str) -> Callable[[Path], None]:
        """Return what writes a copy of the model, with the weights of now, in a format. Any one thread may use it."""
        weights, shown = self._newest, self._model

        def write(path: Path) -> None:
            use_threads(FEW_THREADS)
            export_model(_copy_of(shown, weights).cpu(), to, path)

        return write

    def _load(self, weights: Mapping[str, Tensor] | None) -> None:
        use_threads(FEW_THREADS)
        if weights is not None:
            load_weights(self._model, weights)


def _copy_of(shown: Model, weights: Mapping[str, Tensor] | None) -> Model:
    """Make a model of its own of a training's snapshot, or else of the one on show.

    Its run folder may hold other weights by now. A model that follows no training is never written to.
    """
    if weights is None:
        return copy.deepcopy(shown)
    model = Model.from_config(shown.config)
    load_weights(model, weights)
    return model


def _patched(codes: Floats, before: Floats | None, fresh: NDArray[np.int64], newest: Floats) -> Floats:
    patched = codes.copy() if before is None else np.where(np.isnan(codes), before, codes)
    patched[fresh] = newest
    return patched


def open_codes(path: Path, model: ModelInfo) -> tuple[StoredCodes, bool]:
    """Map the codes in a folder, and tell whether the weights in the model's run made them. Raises UserError."""
    stored = StoredCodes.open(path)
    stored.check_model(model.config)
    if model.run is None:
        return stored, False
    return stored, weights_fingerprint(RunFolder.open(model.run).load_weights()) == stored.facts.weights


def is_foreign(path: Path) -> bool:
    """Whether a file or folder is a model of another library."""
    return importer_of(path) is not None


def open_run(path: Path, device: str) -> tuple[LoadedModel, RunWatch, Glimpse] | UntrustedError | None:
    """Open a run and begin to watch it; None for a model of another library. Raises UserError.

    Where it is code that nobody has said to trust, the answer says what to ask.
    """
    try:
        return None if is_foreign(path) else LoadedModel.open_and_watch(path, device)
    except UntrustedError as error:
        return error


def import_run(path: Path, wishes: Wishes, folder: Path) -> tuple[Path | None, Examination]:
    """Write a model of another library as a run in `folder`. Raises UserError.

    Where its files don't tell enough, or it is code that nobody trusts, there is no run, and the examination says so.
    """
    try:
        imported = import_model(path, wishes)
    except UnclearError as error:
        return None, Examination(wishes, problem=str(error), missing=error.wishes)
    except UntrustedError as error:
        return None, Examination(wishes, problem=str(error), untrusted=error)
    run = write_run(imported, new_run_path(folder, imported.config))
    return run.path, Examination(imported.found, notes=imported.notes)


def estimate_cost(config: RunConfig, images: ImageSet, *, measure: bool) -> Cost:
    """Tell what training on these images would cost, as if all threads were free for it. Raises UserError."""
    use_threads(THREADS)
    return estimate(config, len(images), measure=measure)


def start_run(config: RunConfig, images: ImageSet, path: Path) -> Steps:
    """Return what trains a new run in `path`, on whatever thread calls it."""

    def steps(control: Control) -> Generator[TrainStep, None, TrainResult]:
        use_threads(THREADS)
        check_trainable(config, images)
        check_affordable(config, len(images))
        return (yield from train(config, images, RunFolder.create(path, config), control))

    return steps


def prepare_resume(path: Path, device: str) -> tuple[RunConfig, list[HistoryLine], Callable[[ImageSet], Steps]]:
    """Read what a run needs to go on, but for its images: those are handed to the function. Raises UserError."""
    folder = RunFolder.open(path)
    refuse_if_trained(path)
    config = apply_settings(folder.config, {"device": _resume_device(folder.config.training.device, device)})
    # What a crash left unsaved is trained again.
    history = [line for line in folder.read_history() if line["step"] <= folder.status.step]

    def steps(images: ImageSet) -> Steps:
        def go_on(control: Control) -> Generator[TrainStep, None, TrainResult]:
            use_threads(THREADS)
            check_affordable(config, len(images))
            return (yield from train(config, images, folder, control, resume=True))

        return go_on

    return config, history, steps


def _resume_device(before: str, asked: str) -> str:
    """Go on with the device of before, unless another is asked for or it isn't on this machine."""
    if asked != "auto":
        return asked
    try:
        pick_device(before)
    except UserError:
        return asked
    return before
