"""Checkpoints of PyTorch Lightning: a state dict beside the hyper-parameters of the module."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, UnclearError, importers, origin
from vae_explorer.core.importers.files import read_pickled, state_dict_in
from vae_explorer.core.importers.guessing import guess_model
from vae_explorer.core.importers.state_dict import is_pickled
from vae_explorer.core.importers.wishes import Wishes

_MARK = b"pytorch-lightning_version"
_MOST_LOOKED_AT = 1 << 22

_CALLED: Mapping[str, tuple[str, ...]] = {
    "latent_dims": ("latent_dim", "latent_dims", "latent_size", "z_dim", "zdim", "n_latent"),
    "image_size": ("image_size", "img_size", "input_height", "patch_size"),
    "channels": ("channels", "in_channels", "input_channels", "n_channels"),
}
"""What hyper-parameters are called that say something of a model."""


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
        try:
            return guess_model(source, weights, _completed(wishes, held.get("hyper_parameters")))
        except UnclearError:
            raise
        except UserError:
            # Hyper-parameters of such names may mean something else: channels inside the network, say.
            return guess_model(source, weights, wishes)


def _beginning(path: Path) -> bytes:
    """Return what was pickled, as bytes, or its beginning."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return file.read(_MOST_LOOKED_AT)
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(name) as file:
            return file.read(_MOST_LOOKED_AT)


def _completed(wishes: Wishes, told: Any) -> Wishes:
    """Fill in what the hyper-parameters tell and the person didn't."""
    if not isinstance(told, Mapping):
        return wishes
    known: dict[str, int] = {}
    for wish, names in _CALLED.items():
        values = [told[name] for name in names if type(told.get(name)) is int]
        if values and getattr(wishes, wish) is None:
            known[wish] = values[0]
    return replace(wishes, **known)  # type: ignore[arg-type]  # each of these is a whole number
