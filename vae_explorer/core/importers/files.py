"""Reading what somebody else wrote: nothing is unpickled but weights, and no size is believed before it is checked."""

from __future__ import annotations

import io
import json
import pickle
import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.quantities import short_bytes
from vae_explorer.core.runtime import total_memory

MOST_JSON_BYTES = 10_000_000

_LEGACY_PICKLES = 5
"""A file of before torch 1.6 begins with so many: magic number, protocol, system, the object, its storages' names."""


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a model's folder. Raises UserError where the name leads out of it, or to nothing.

    The cache of the Hugging Face hub has links to files beside its snapshots: those count as inside.
    """
    shown = printable(name)
    path = folder / name
    try:
        home = _home(folder.resolve())
        if Path(name).is_absolute() or ".." in Path(name).parts or not path.resolve().is_relative_to(home):
            msg = f"“{shown}” leads out of the model's folder, so it isn't opened."
            raise UserError(msg)
        if not path.is_file():
            msg = f"The model's folder holds no “{shown}”."
            raise UserError(msg)
    except (OSError, ValueError) as error:
        msg = f"“{shown}” in the model's folder can't be opened."
        raise UserError(msg) from error
    return path


def _home(folder: Path) -> Path:
    for parent in (folder, *folder.parents):
        if parent.name == "snapshots" and (parent.parent / "blobs").is_dir():
            return parent.parent
    return folder


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises UserError."""
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise _damaged(path, "it is far too large")
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise _damaged(path, (error.strerror or "unknown reason").lower()) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "it is not valid JSON") from error
    if not isinstance(value, dict):
        raise _damaged(path, "it holds no JSON object")
    return value


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file's weights, on the CPU as float32. Raises UserError."""
    from safetensors import SafetensorError, safe_open

    check_affordable(path)
    try:
        with safe_open(path, framework="pt") as file:
            names: list[str] = file.keys()
            return {name: to_float(file.get_tensor(name)) for name in names}
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(path, "it is damaged or incomplete") from error


def read_pickled(path: Path) -> Any:
    """Read what torch.save wrote, as far as it is weights and plain values, on the CPU. Raises UserError.

    Whatever else a pickle asks for is refused, and not tried again in any other way.
    """
    check_affordable(path)
    _check_declared(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Of a file that isn't what it seems torch may raise anything.
        if isinstance(error, pickle.UnpicklingError) and "global" in str(error).lower():
            msg = (
                f"“{printable(path.name)}” holds pickled code beside its weights, which is never run here: save the "
                "weights alone, torch.save(model.state_dict(), …)."
            )
            raise UserError(msg) from error
        raise _damaged(path, "it is damaged, or no file of weights") from error


def state_dict_in(value: Any, path: Path) -> dict[str, Tensor]:
    """Return the weights among what a file held, as float32. Raises UserError where there are none."""
    if not isinstance(value, Mapping):
        raise _damaged(path, "it holds no weights by name")
    tensors = {name: one for name, one in value.items() if isinstance(name, str) and isinstance(one, Tensor)}
    if not tensors:
        raise _damaged(path, "it holds no weights by name")
    for name, tensor in tensors.items():
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            # The same numbers over and over: copied, they would take any amount of memory.
            raise _damaged(path, f"“{printable(name)}” claims to be larger than what is stored")
    return {name: to_float(tensor) for name, tensor in tensors.items()}


def to_float(tensor: Tensor) -> Tensor:
    """Return numbers as dense float32; counts, which no network computes with, as they are."""
    return tensor.detach().float().contiguous() if tensor.is_floating_point() else tensor


def check_affordable(path: Path) -> None:
    """Raise UserError, before any of it is read, where a file of weights is missing or larger than the memory."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _damaged(path, (error.strerror or "unknown reason").lower()) from error
    there = total_memory(torch.device("cpu"))
    if there is not None and size > there // 2:
        raise _damaged(path, f"it takes {short_bytes(size)}, and this machine has {short_bytes(there)}")


def _check_declared(path: Path) -> None:
    """Raise UserError where a pickle declares more numbers than its file can hold. Nothing of it is run."""
    size = path.stat().st_size
    try:
        too_large = next((declared for declared in _declared_sizes(path) if declared > size), None)
    except Exception as error:  # a damaged zip or pickle may raise anything
        raise _damaged(path, "it is damaged, or no file of weights") from error
    if too_large is not None:
        raise _damaged(path, f"it declares {too_large} numbers in one place, and has only {size} bytes")


def _declared_sizes(path: Path) -> Iterator[int]:
    """Yield how many numbers each storage of a file is said to have, and how large a zip's members would be."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            for _ in range(_LEGACY_PICKLES):
                yield from _storage_sizes(file)
        return
    with zipfile.ZipFile(path) as archive:
        yield sum(member.file_size for member in archive.infolist())
        for name in archive.namelist():
            if name.endswith("data.pkl"):
                yield from _storage_sizes(io.BytesIO(archive.read(name)))


def _storage_sizes(stream: Any) -> Iterator[int]:
    """Follow a pickle's codes: a storage is named by a tuple, and the last number in that is its length."""
    last = 0
    for code, argument, _ in pickletools.genops(stream):
        if isinstance(argument, int) and code.name.startswith(("BININT", "INT", "LONG")):
            last = argument
        elif code.name in ("BINPERSID", "PERSID"):
            yield last


def _damaged(path: Path, why: str) -> UserError:
    return UserError(f"“{printable(path.name)}” can't be read: {why}.")
