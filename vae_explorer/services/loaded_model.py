"""A model that is on show: it decodes, encodes, is measured and written, by the newest weights that it was given."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_explorer.core.classes import labels_for
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import Images, ImageSet, Progress
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.evaluation import Subject, choose, measure
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.metrics.base import Result
from vae_explorer.core.misfit import Misfit, measure_misfit
from vae_explorer.core.model import Model, load_model, load_weights
from vae_explorer.core.runtime import describe_device, pick_device, use_threads
from vae_explorer.core.watching import Glimpse, RunWatch
from vae_explorer.services.embedding import Encode
from vae_explorer.services.embedding import OnProgress as OnEncoded
from vae_explorer.services.metrics import Measure, OnProgress
from vae_explorer.services.misfit import Judge
from vae_explorer.services.misfit import OnProgress as OnJudged
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.runs import title_of
from vae_explorer.services.state import Embedding

THREADS = torch.get_num_threads()
"""Among which torch shares the work of an operation by default: as many as there are cores."""

FEW_THREADS = min(4, max(1, THREADS // 2))
"""Among which an operation of decoding and of encoding is shared: the window draws meanwhile, and threads that wait for
each other would wait for it too. More than a few don't decode a single image any faster."""

MOST_DECODING = 4
"""More threads than these don't decode side by side."""

Floats = NDArray[np.float32]


class WindowDecoder(Decoder):
    """Decodes on threads beside the one that draws."""

    @property
    def threads(self) -> int:
        """How many threads may decode at once, each some of many codes: on a processor they share its cores."""
        side_by_side = self.model.network.decodes_side_by_side and self._device.type == "cpu"
        return max(1, min(MOST_DECODING, THREADS // FEW_THREADS)) if side_by_side else 1

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

        def encode(images: ImageSet, cancel: threading.Event, on_progress: OnEncoded) -> tuple[Floats, Floats | None]:
            on_progress(Progress(0, len(images)))
            self._load(weights)
            labels = labels_for(self.info.config.model.classes, images)
            codes = encode_images(self._model, images.images, labels=labels, cancel=cancel, on_progress=on_progress)
            return codes.mean, codes.log_var

        return encode

    def patcher(self, codes: Floats, log_var: Floats | None, before: Embedding, fresh: NDArray[np.int64]) -> Encode:
        """Return what takes a snapshot's codes and log-variances, (N, D) each, `before` where they are NaN.

        Only `fresh` are encoded.
        """
        weights = self._newest

        def encode(images: ImageSet, _cancel: threading.Event, _: OnEncoded) -> tuple[Floats, Floats | None]:
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
        copied, device = self._copier(), self._device

        def measure_copy(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Iterator[Result]:
            model = copied().to(device)
            yield from measure(Subject(model, images, cancel=cancel), choose("all"), on_progress)

        return measure_copy

    def judge(self) -> Judge:
        """Return what tells how badly a copy of the model, with the weights of now, reconstructs each image."""
        copied, device = self._copier(), self._device

        def judge_by_copy(images: ImageSet, cancel: threading.Event, on_progress: OnJudged) -> Misfit:
            model = copied().to(device)
            labels = labels_for(model.config.model.classes, images)
            return measure_misfit(model, images.images, labels=labels, cancel=cancel, on_progress=on_progress)

        return judge_by_copy

    def exporter(self, to: str) -> Callable[[Path], None]:
        """Return what writes a copy of the model, with the weights of now, in a format. Any one thread may use it."""
        copied = self._copier()

        def write(path: Path) -> None:
            export_model(copied().cpu(), to, path)

        return write

    def _copier(self) -> Callable[[], Model]:
        """Return what makes a model of its own, with the weights of now: its run folder may hold others by then."""
        weights, shown = self._newest, self._model

        def copied() -> Model:
            use_threads(FEW_THREADS)
            if weights is None:
                return copy.deepcopy(shown)  # a model that follows no training is never written to
            model = Model.from_config(shown.config)
            load_weights(model, weights)
            return model

        return copied

    def _load(self, weights: Mapping[str, Tensor] | None) -> None:
        use_threads(FEW_THREADS)
        if weights is not None:
            load_weights(self._model, weights)


def _patched(codes: Floats, before: Floats | None, fresh: NDArray[np.int64], newest: Floats) -> Floats:
    patched = codes.copy() if before is None else np.where(np.isnan(codes), before, codes)
    patched[fresh] = newest
    return patched
