"""What was imported before: the same files with the same wishes needn't be read and written again."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from vae_explorer import __version__
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.importers.base import Imported
from vae_explorer.core.importers.wishes import Wishes, read_wishes
from vae_explorer.core.run_folder import WEIGHTS, RunFolder

FILE = "imported.json"
"""In the run that an import wrote."""

_MOST_FILES = 4096
"""Of a model's folder: one with more is read anew each time."""

_WITH_FILES_BESIDE = (".onnx",)
"""Formats of which one file may lead to others in its folder."""


class _Note(BaseModel):
    signature: str
    weights_bytes: int
    """Of the run's own weights: a copy that is damaged isn't taken."""
    found: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Earlier:
    """A run that holds what an import would write."""

    run: Path
    found: Wishes
    notes: tuple[str, ...]


def signature_of(path: Path, wishes: Wishes) -> str | None:
    """Tell files and wishes from others, by the files' place, names, sizes and times; None where that can't be told."""
    digest = hashlib.blake2b(f"{__version__}\0{wishes}\0{path.resolve()}\0".encode("utf-8", "replace"), digest_size=16)
    try:
        files = list(islice(_files(path), _MOST_FILES + 1))
        for file in sorted(files):
            status = file.stat()
            digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    except OSError:
        return None
    return digest.hexdigest() if 0 < len(files) <= _MOST_FILES else None


def remember(run: RunFolder, signature: str | None, imported: Imported) -> None:
    """Note in a run what it was imported from. That it can't be written is no reason to fail: it is read anew then."""
    if signature is None:
        return
    with contextlib.suppress(UserError, OSError):
        size = (run.path / WEIGHTS).stat().st_size
        found = {name: value for name, value in asdict(imported.found).items() if value not in (None, ())}
        note = _Note(signature=signature, weights_bytes=size, found=found, notes=imported.notes)
        write_atomically(run.path / FILE, note.model_dump_json().encode())


def imported_before(folder: Path, signature: str | None) -> Earlier | None:
    """Find among the runs in a folder the one that was imported from the same files with the same wishes."""
    for note_file in [] if signature is None else sorted(folder.glob(f"*/{FILE}")):
        with contextlib.suppress(OSError, ValidationError, UserError):
            note = _Note.model_validate_json(note_file.read_bytes())
            run = note_file.parent
            if note.signature == signature and (run / WEIGHTS).stat().st_size == note.weights_bytes:
                return Earlier(RunFolder.open(run).path, read_wishes(note.found), note.notes)
    return None


def _files(path: Path) -> Iterator[Path]:
    """Give the files that a model may lie in."""
    if path.is_dir():
        return (file for file in path.rglob("*") if file.is_file())
    if path.suffix.lower() in _WITH_FILES_BESIDE:
        return (file for file in path.parent.iterdir() if file.is_file())
    return iter([path])
