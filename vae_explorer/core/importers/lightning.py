"""Checkpoints of PyTorch Lightning: a state dict beside the hyper-parameters of the module."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from vae_explorer.core.config import ImportedFrom
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, UnclearError, importers, origin
from vae_explorer.core.importers.files import read_pickled, state_dict_in
from vae_explorer.core.importers.guessing import guess_model
from vae_explorer.core.importers.hyper_parameters import completed, in_a_note, sizes_of, told_by
from vae_explorer.core.importers.state_dict import is_pickled
from vae_explorer.core.importers.wishes import Wishes

_MARK = b"pytorch-lightning_version"
_MOST_LOOKED_AT = 1 << 22


@importers.register
class Lightning(Importer):
    """Reads the weights, and from the hyper-parameters what they tell; no module of anybody's is run."""

    name = "lightning"
    title = "a Lightning checkpoint (.ckpt)"
    summary = "Weights that PyTorch Lightning saved."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether Lightning's version stands in the file."""
        try:
            return is_pickled(path) and _MARK in _beginning(path)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return False

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError, and UnclearError for what the shapes don't tell."""
        held = read_pickled(path)
        if not isinstance(held, Mapping):
            msg = f"“{path.name}” is no checkpoint of Lightning."
            raise UserError(msg)
        weights, source = state_dict_in(held.get("state_dict"), path), origin(cls, path)
        told = told_by(held.get("hyper_parameters"))
        found = guess_model(source, weights, completed(wishes, _consistent(source, weights, wishes, told)))
        return replace(found, notes=(*in_a_note(told, wishes), *found.notes))


def _consistent(source: ImportedFrom, weights: Mapping[str, Tensor], wishes: Wishes, told: Wishes) -> Wishes:
    """Leave out the sizes that the shapes contradict, which mean something else: channels inside the network, say."""
    if _fits(source, weights, completed(wishes, told)):
        return told
    kept = replace(told, image_size=None, channels=None, latent_dims=None)
    for name, value in sizes_of(told).items():
        tried = replace(kept, **{name: value})
        kept = tried if _fits(source, weights, completed(wishes, tried)) else kept
    return kept


def _fits(source: ImportedFrom, weights: Mapping[str, Tensor], wishes: Wishes) -> bool:
    try:
        guess_model(source, weights, wishes)
    except UnclearError:
        return True
    except UserError:
        return False
    return True


def _beginning(path: Path) -> bytes:
    """Return what was pickled, as bytes, or its beginning."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return file.read(_MOST_LOOKED_AT)
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(name) as file:
            return file.read(_MOST_LOOKED_AT)
