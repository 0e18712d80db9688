"""Models in notebooks and scripts: arrays in, arrays out. See `vae_explorer.load`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.batches import to_floats
from vae_explorer.core.classes import Labels, class_named, count_in_words
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import BATCH
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import import_model, importer_of
from vae_explorer.core.importers.wishes import Wishes, called
from vae_explorer.core.latent.board import Board
from vae_explorer.core.latent.grid import PRIOR_SPAN, Axis, Span
from vae_explorer.core.model import Model, check_encodes, load_model, load_weights
from vae_explorer.core.run_folder import is_run
from vae_explorer.core.runtime import memory_errors_explained, pick_device
from vae_explorer.core.trust import UntrustedError, trusting

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Classes = str | Sequence[str] | ArrayLike | None
"""The class of all, or of each: by name or by number. None: an image is decoded as the first class."""


MOST_STEPS = 1024
"""Along one dimension of a grid: a million images of two are more than memory holds of all but the smallest."""


class Posterior(NamedTuple):
    """What the encoder says of images: `mean, log_var = model.encode(images)`."""

    mean: Floats
    """(N, D)."""
    log_var: Floats | None
    """(N, D), natural logarithms of variances; None for a plain autoencoder."""


class TrainedModel:
    """A model to encode and decode with. Get one from `vae_explorer.load`. Used by one thread at a time."""

    def __init__(self, model: Model, device: str = "auto") -> None:
        self._device = pick_device(device)
        self._decoder = Decoder(model.config, model.state_dict(), self._device)
        self._model: Model = self._decoder.model

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        device: str = "auto",
        wishes: Wishes | None = None,
        *,
        trust: bool = False,
    ) -> TrainedModel:
        """Read a run folder, or a model of any format that `vae-explorer import` reads. Raises UserError.

        `wishes` are what a person says of another library's model. With `trust` a model that is code is run, and
        trusted from now on.
        """
        if not os.fspath(path):  # which would be the folder that happens to be the working one
            msg = "No model is named: give a run folder, or a model that vae-explorer import reads."
            raise UserError(msg)
        pick_device(device)  # to say at once where there is none
        read = partial(_read, Path(path), wishes or Wishes())
        return cls(trusting(read) if trust else read(), device)

    def __repr__(self) -> str:
        config, height_width_channels = self.config, "×".join(map(str, self.image_shape))
        made = f"imported from {config.imported.format}" if config.imported else config.objective.name
        facts = [made, config.model.network, config.model.likelihood, f"latent_dims={self.latent_dims}"]
        facts += [f"images {height_width_channels}", f"{len(self.classes)} classes" if self.classes else ""]
        facts += ["" if self._model.can_encode else "no encoder", f"on {self._device}"]
        return f"<TrainedModel: {', '.join(filter(None, facts))}>"

    @property
    def config(self) -> RunConfig:
        """All settings, as config.json has them."""
        return self._model.config

    @property
    def latent_dims(self) -> int:
        """Numbers in a code, D."""
        return self._model.latent_dims

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels (1 or 3) of an image."""
        data = self.config.data
        return data.image_size, data.image_size, data.channels

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that a conditional model knows; none of any other."""
        return self.config.model.classes

    def encode(self, images: ArrayLike, labels: Classes = None) -> Posterior:
        """Give the posterior of images (N, H, W, C), or grey ones (N, H, W): uint8, or floats in [0, 1].

        A conditional model needs their classes. Raises UserError where the images haven't the model's shape, or the
        model is a decoder alone.
        """
        check_encodes(self._model)
        pixels = self._images(images)
        classes = self._numbers(labels, len(pixels))
        if self.classes and classes is None:
            msg = "This model is conditional: to encode images it needs their classes."
            raise UserError(msg)
        mean = np.empty((len(pixels), self.latent_dims), np.float32)
        log_var = None if self.config.model.posterior == "none" else np.empty_like(mean)
        for start in range(0, len(pixels), BATCH):
            piece = slice(start, start + BATCH)
            mean[piece], spread = self._encode(pixels[piece], None if classes is None else classes[piece])
            if log_var is not None and spread is not None:
                log_var[piece] = spread
        return Posterior(mean, log_var)

    def decode(self, z: ArrayLike, labels: Classes = None) -> Bytes:
        """Give the expected images of codes (N, D): (N, H, W, C) uint8. Raises UserError where D is another."""
        codes = _codes(z)
        return self._decoder.decode(codes, self._numbers(labels, len(codes)))

    def decode_floats(self, z: ArrayLike, labels: Classes = None) -> Floats:
        """Give the expected images of codes (N, D) unrounded: (N, H, W, C) float32 in [0, 1]. Raises UserError."""
        codes = _codes(z)
        return self._decoder.decode_floats(codes, self._numbers(labels, len(codes)))

    def grid(
        self,
        dims: int | Sequence[int] = (0, 1),
        steps: int = 10,
        span: Span = PRIOR_SPAN,
        hold: Mapping[int, float] | None = None,
        labels: Classes = None,
    ) -> Bytes:
        """Decode a uniform grid in the plane of two dimensions: (rows, columns, H, W, C) uint8.

        The first of `dims` grows to the right and the second upwards, from one end of `span` to the other; one alone
        gives a single row. Other dimensions are 0, or what `hold` says. Raises UserError.
        """
        running = self._running(dims)
        point = self._held(hold or {}, running)
        if not isinstance(steps, int | np.integer) or not 1 <= steps <= MOST_STEPS:
            msg = f"The steps of a grid are a whole number from 1 to {MOST_STEPS}, not {steps}."
            raise UserError(msg)
        board = Board.of_plane(*(Axis.of(dim, span, steps) for dim in running))
        return self.decode(board.codes(point), labels).reshape(*board.block_shape, *self.image_shape)

    def _running(self, dims: int | Sequence[int]) -> list[int]:
        """Return the dimensions that a grid runs along. Raises UserError."""
        running = list(np.atleast_1d(np.asarray(dims, dtype=object)))
        if len(running) not in (1, 2) or len(set(running)) < len(running):
            msg = f"A grid runs along one dimension, or two different ones, not along {running}."
            raise UserError(msg)
        return [self._dim(dim) for dim in running]

    def _held(self, hold: Mapping[int, float], running: Sequence[int]) -> Floats:
        """Return the code (D,) that a grid lies around. Raises UserError where it runs along what is held."""
        point = np.zeros(self.latent_dims, np.float32)
        for dim, value in hold.items():
            if self._dim(dim) in running:
                msg = f"Dimension {dim} can't be held, since the grid runs along it."
                raise UserError(msg)
            point[dim] = value
        return point

    def _images(self, images: ArrayLike) -> Bytes | Floats:
        """Bring images to (N, H, W, C), uint8 or float32. Raises UserError."""
        given = np.asarray(images)
        if not given.ndim:
            msg = "Images are an array of (N, height, width, channels)."
            raise UserError(msg)
        pixels = given[..., None] if given.ndim == 3 and self.image_shape[2] == 1 else given
        if pixels.shape[1:] != self.image_shape:
            wanted, found = ("×".join(map(str, shape)) for shape in (("N", *self.image_shape), given.shape))
            msg = f"This model takes images of {wanted} (height, width, channels), but these are {found}."
            raise UserError(msg)
        if pixels.dtype == np.uint8:
            return pixels
        if pixels.dtype.kind != "f" or (len(pixels) and not (pixels.min() >= 0 and pixels.max() <= 1)):
            msg = "Images are uint8, or floats from 0 to 1."
            raise UserError(msg)
        return pixels.astype(np.float32)

    def _encode(self, pixels: Bytes | Floats, classes: Labels | None) -> tuple[Floats, Floats | None]:
        """Encode (B, H, W, C) -> mean and log-variance, (B, D) each."""
        given = torch.from_numpy(np.array(pixels)).to(self._device)
        x = to_floats(given) if given.dtype == torch.uint8 else given.permute(0, 3, 1, 2).contiguous()
        with memory_errors_explained(), torch.inference_mode():
            labels = None if classes is None else torch.from_numpy(classes).to(self._device)
            posterior = self._model.encode(x, labels)
            log_var = posterior.log_var
            return posterior.mean.cpu().numpy(), None if log_var is None else log_var.cpu().numpy()

    def _numbers(self, labels: Classes, count: int) -> Labels | None:
        """Return the number of each one's class, (count,), where classes are given. Raises UserError."""
        if labels is None:
            return None
        if not self.classes:
            msg = "This model is not conditional, so it knows no classes."
            raise UserError(msg)
        given = np.asarray(labels)
        if given.dtype.kind == "U":
            given = np.array([class_named(self.classes, str(name)) for name in given.ravel()]).reshape(given.shape)
        if given.dtype.kind not in "iu" or given.shape not in ((), (count,)):
            msg = f"Classes are names or numbers, one for all or one for each of {count}."
            raise UserError(msg)
        numbers = np.broadcast_to(given, count).astype(np.int64)
        if count and not 0 <= numbers.min() <= numbers.max() < len(self.classes):
            msg = f"This model has {count_in_words(len(self.classes))}, numbered from 0."
            raise UserError(msg)
        return numbers

    def _dim(self, dim: object) -> int:
        if not isinstance(dim, int | np.integer):
            msg = f"Dimensions are whole numbers, counted from 0, not {dim!r:.60}."
            raise UserError(msg)
        if not 0 <= dim < self.latent_dims:
            msg = f"This model's dimensions are 0 to {self.latent_dims - 1}; there is none numbered {dim}."
            raise UserError(msg)
        return int(dim)


def _read(path: Path, wishes: Wishes) -> Model:
    """Read a model, on the CPU. Raises UserError."""
    if importer_of(path) is None and (is_run(path) or not path.exists()):
        if wishes != Wishes() and path.exists():
            msg = f"“{printable(str(path))}” is a run folder, which tells all of itself: leave {_names(wishes)} out."
            raise UserError(msg)
        return load_model(path)
    try:
        imported = import_model(path, wishes)
    except UntrustedError as error:
        raise UntrustedError(_for_python(str(error)), error.name, error.digests) from error
    except UserError as error:
        raise UserError(_for_python(str(error))) from error
    model = Model.blank(imported.config)
    load_weights(model, imported.weights)
    return model


def _names(wishes: Wishes) -> str:
    """Name what was wished for."""
    return ", ".join(field.name for field in fields(wishes) if getattr(wishes, field.name))


def _for_python(sentence: str) -> str:
    """Call by their names here what a sentence calls by the names of the command line's options."""
    names = {field.name: field.name for field in fields(Wishes)}
    return called(sentence.replace("import --trust", "trust=True"), names)


def _codes(z: ArrayLike) -> Floats:
    """Bring codes to float32. Raises UserError where one is no finite number, which would still give an image."""
    given = np.asarray(z)
    with np.errstate(over="ignore"):  # what float32 doesn't reach is infinite, and refused as such
        codes = given.astype(np.float32) if given.dtype.kind in "fiu" else np.array(np.nan, np.float32)
    if not np.isfinite(codes).all():
        msg = "Codes are finite numbers."
        raise UserError(msg)
    return codes
