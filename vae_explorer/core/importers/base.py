"""What an importer is: it recognises a format, and turns a model of it into one of this program's own."""

from __future__ import annotations

import contextlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from vae_explorer.core.config import ImportedFrom, RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.files import read_json
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.model import Model, check_weights_fit
from vae_explorer.core.registry import Registry
from vae_explorer.core.run_folder import CONFIG, RunFolder, is_run


class UnclearError(UserError):
    """The files don't tell enough. `wishes` names what a person can say to help."""

    def __init__(self, message: str, *wishes: str) -> None:
        super().__init__(message)
        self.wishes = wishes


@dataclass(frozen=True, eq=False)
class Imported:
    """A foreign model as one of this program's own."""

    config: RunConfig
    weights: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()
    """What was found and what was left, a sentence each."""
    found: Wishes = field(default_factory=Wishes)
    """What was taken for each wish; a person may correct it."""
    runner: object = None
    """What a model that is not taken apart was tried out with: it need not be started again while this is held."""


class Importer(ABC):
    """Reads one format."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    tells_objective: ClassVar[bool] = False
    """Whether its files say what the model was trained by; else an objective of the same posterior stands for it."""

    @classmethod
    @abstractmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the file or folder looks like this format. Quick, and never raises."""

    @classmethod
    @abstractmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError, and `UnclearError` where a wish would help."""


importers: Registry[Importer] = Registry("model format", "vae_explorer.core.importers")


def importer_of(path: Path) -> type[Importer] | None:
    """Find the importer that recognises a file or folder; None where it is a run of ours, or nothing that is known."""
    for importer in importers.parts():
        with contextlib.suppress(OSError):  # a folder that can't be looked into is no model
            if importer.recognises(path):
                return importer
    return None


def import_model(path: Path, wishes: Wishes | None = None) -> Imported:
    """Read a foreign model and make sure that it decodes. Raises UserError with one sentence."""
    importer = importer_of(path)
    if importer is None:
        raise _unrecognised(path)
    imported = importer.load(path, wishes or Wishes())
    _try_out(imported)
    return imported


def write_run(imported: Imported, out: Path) -> RunFolder:
    """Write an imported model as a run folder, which must not exist. Raises UserError; then nothing is left of it."""
    folder = RunFolder.create(out, imported.config)
    try:
        folder.save_weights(imported.weights)
    except UserError:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder.path)
        raise
    return folder


def origin(importer: type[Importer], path: Path) -> ImportedFrom:
    """Say where a model comes from."""
    return ImportedFrom(format=importer.name, name=printable(path.resolve().name))


_LARGEST_TRIED = 256
"""Pixels: larger images take the decoders that have them seconds each."""


def _try_out(imported: Imported) -> None:
    """Build the model, its sizes checked against the weights before any memory is taken, and decode one code."""
    with torch.device("meta"):
        blank = Model.blank(imported.config)
    check_weights_fit(blank, imported.weights)
    decoder = Decoder(imported.config, imported.weights)
    if imported.config.data.image_size > _LARGEST_TRIED:
        return
    if not np.isfinite(decoder.decode_floats(np.zeros((1, imported.config.model.latent_dims)))).all():
        msg = "The model gives no finite image, so it cannot be used."
        raise UserError(msg)


def _unrecognised(path: Path) -> UserError:
    shown = printable(str(path))
    if not path.exists():
        return UserError(f"There is no file or folder “{shown}”.")
    foreign_class = _class_named(path)
    if foreign_class:
        return UserError(
            f"diffusers’ “{printable(foreign_class)}” can't be read; its AutoencoderKL and AutoencoderTiny can."
        )
    if is_run(path):
        return _with_configuration(path, shown)
    known = ", ".join(importers.names())
    return UserError(f"“{printable(path.resolve().name)}” is no model of a format that is known here: {known}.")


def _with_configuration(path: Path, shown: str) -> UserError:
    """Tell a run from what only has a file of the same name, as models of many libraries have."""
    try:
        RunFolder.open(path)
    except UserError:
        return UserError(f"The {CONFIG} in “{shown}” is neither a run's nor that of a model that is known here.")
    return UserError(f"“{shown}” is a run folder already: open it as it is.")


def _class_named(path: Path) -> str:
    """Return the class that a config.json of diffusers names; nothing where there is no such file."""
    try:
        return str(read_json(path / CONFIG).get("_class_name", "")) if path.is_dir() else ""
    except (UserError, OSError):
        return ""


def count(imported: Imported) -> int:
    """Count the numbers in all weights; of a file that is kept whole, those in it."""
    weights = sum(tensor.numel() for tensor in imported.weights.values() if tensor.dtype != torch.uint8)
    return weights + int(imported.config.model.network_settings.get("parameters", 0))
