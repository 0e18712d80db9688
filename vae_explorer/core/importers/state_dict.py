"""Files of weights alone: safetensors, and what torch.save makes of a state dict."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.files import read_pickled, read_tensors, state_dict_in
from vae_explorer.core.importers.guessing import guess_model
from vae_explorer.core.importers.wishes import Wishes

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".tar")
NESTED = ("state_dict", "model_state_dict", "model", "weights", "net", "params", "ema")
"""Where training scripts put the weights in what they save."""

_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9"
"""How torch.save's files begin that are no zip."""


@importers.register
class StateDict(Importer):
    """Finds stacks of linear and convolutional layers from their shapes; what shapes don't tell is asked for."""

    name = "state-dict"
    title = "a file of weights (.safetensors, or a state dict that torch.save wrote)"
    summary = "Stacks of linear and convolutional layers."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it is a safetensors file, or one of torch.save's that holds no code."""
        return (path.suffix.lower() == ".safetensors" and path.is_file()) or is_pickled(path)

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError, and UnclearError for what the shapes don't tell."""
        if path.suffix.lower() == ".safetensors":
            weights = read_tensors(path)
        else:
            weights = state_dict_in(weights_in(read_pickled(path)), path)
        return guess_model(origin(cls, path), weights, wishes)


def is_pickled(path: Path) -> bool:
    """Whether torch.save wrote the file, as far as a glance tells; TorchScript's archives hold code besides."""
    try:
        if not path.is_file():
            return False
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return file.read(len(_LEGACY)) == _LEGACY or path.suffix.lower() in SUFFIXES[:4]
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
    has_code = any("/code/" in name or name.endswith("/constants.pkl") for name in names)
    return not has_code and any(name.count("/") == 1 and name.endswith("/data.pkl") for name in names)


def weights_in(held: Any) -> Any:
    """Return the weights by name among what a training script saved."""
    if not isinstance(held, Mapping):
        return held
    for name in NESTED:
        inner = held.get(name)
        if isinstance(inner, Mapping) and any(isinstance(one, Tensor) for one in inner.values()):
            return inner
    return held
