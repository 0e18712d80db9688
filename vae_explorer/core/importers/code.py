"""What the two formats that are code have in common: trust first, and a fenced process to try them out in."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from vae_explorer.core.config import ImportedFrom
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported
from vae_explorer.core.importers.conditional import inputs_of, named_classes
from vae_explorer.core.importers.files import check_affordable
from vae_explorer.core.importers.halves import opaque_model
from vae_explorer.core.importers.told import Told
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.networks.foreign.labels import Input
from vae_explorer.core.networks.foreign.opaque import Half
from vae_explorer.core.sandbox.process import Kind, fenced_with
from vae_explorer.core.trust import check_trusted

MOST_TIMES, MOST_CODE_BYTES = 2, 64_000_000

_MOST_SETTINGS_BYTES = 1_000_000


def names_in(path: Path) -> list[str]:
    """List what a zip holds; nothing where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return []


def load_code(imported: ImportedFrom, kind: Kind, paths: Mapping[Half, Path], wishes: Wishes) -> Imported:
    """Read a model that is code, if a person trusts it, and try it out in a fenced process. Raises UserError."""
    files: dict[Half, bytes] = {}
    for half, path in paths.items():
        check_affordable(path)
        _check_unpacked(path)
        try:
            files[half] = path.read_bytes()
        except OSError as error:
            msg = f"“{printable(path.name)}” can't be read: {(error.strerror or 'unknown reason').lower()}."
            raise UserError(msg) from error
    check_trusted(imported.name, *files.values())
    fenced = fenced_with(kind, files)
    told = {half: _told(half, answer) for half, answer in fenced.told.items()}
    named = named_classes(_settings(paths["decoder"]))
    model = opaque_model(imported, "fenced", files, fenced, told, wishes, named, kind=kind)
    return replace(model, notes=(*model.notes, *([fenced.weaknesses] if fenced.weaknesses else [])))


def _check_unpacked(path: Path) -> None:
    """Raise UserError where a zip would unpack to far more than it is: only its code, a small part, is compressed."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        packed = path.stat().st_size
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        msg = f"“{printable(path.name)}” can't be read: it is damaged or incomplete."
        raise UserError(msg) from error
    if unpacked > MOST_TIMES * packed + MOST_CODE_BYTES:
        msg = f"“{printable(path.name)}” can't be read: it declares {unpacked} bytes, and has only {packed}."
        raise UserError(msg)


def _told(half: Half, answer: Mapping[str, object]) -> Told:
    """Take what the process says of a half: its word is no more to be believed than the model's. Raises UserError."""
    taken, label = _inputs(half, answer)
    weights = [[size for size in shape if size] for shape in _shapes(answer.get("weights"))]
    ending = answer.get("ending")
    return Told(taken, ending if isinstance(ending, str) else "", (), weights, label)


def _inputs(half: Half, answer: Mapping[str, object]) -> tuple[list[int | None] | None, Input | None]:
    """Return the sizes that a half takes, where it says so, and the class. Raises UserError."""
    shapes, names, kinds = (_shapes(answer.get("inputs")), _words(answer.get("names")), _words(answer.get("kinds")))
    if not shapes and len(names) > 1:
        told = ", ".join(map(printable, names))
        msg = f"The {half} takes {len(names)} inputs ({told}), and TorchScript doesn't tell what they are; ONNX would."
        raise UserError(msg)
    if not shapes or not len(shapes) == len(names) == len(kinds):
        return None, None
    inputs = [Input(*one) for one in zip(names, (kind.startswith("int") for kind in kinds), shapes, strict=True)]
    taken, label = inputs_of(half, inputs)
    if label is not None and (label is not inputs[1] or kinds[1] not in ("int64", "float32")):
        msg = f"The {half}'s class (“{printable(label.name)}”) must be its second input, of int64 or float32."
        raise UserError(msg)
    return list(taken.sizes), label


def _words(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _settings(path: Path) -> str:
    """Return the settings that this program's export has written into a .pt2; nothing where there are none."""
    with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("/extra/config.json"):
                with archive.open(name) as file:
                    return file.read(_MOST_SETTINGS_BYTES).decode("utf-8", "replace")
    return ""


def _shapes(value: object) -> list[list[int | None]]:
    if not isinstance(value, list):
        return []
    return [
        [size if type(size) is int and 0 < size < 1 << 24 else None for size in shape]
        for shape in value
        if isinstance(shape, list)
    ]
