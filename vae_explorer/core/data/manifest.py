"""What the image cache knows of each file: the text beside the pixels."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_explorer.core.data.base import ImageShape
from vae_explorer.core.data.file_list import FileList

VERSION = 1
"""Counts up whenever images are decoded differently, or this file is written differently."""

FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """One state of the cache. The n-th file without a reason is the n-th row of `image_file`."""

    source: str
    shape: ImageShape
    image_file: str
    files: FileList
    reasons: list[str | None]
    """For each file why it was skipped, or None where it was read."""

    @classmethod
    def empty(cls, source: Path, shape: ImageShape) -> Manifest:
        """Return the manifest of a cache that holds nothing yet."""
        return cls(str(source), shape, "", FileList(), [])

    @property
    def rows(self) -> int:
        """Number of images."""
        return self.reasons.count(None)


def load_manifest(folder: Path) -> Manifest | None:
    """Read the manifest in `folder`; None where there is none that this version can use."""
    try:
        return _from_dict(json.loads((folder / FILE_NAME).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, whole or not at all. Raises OSError."""
    part = folder / f"{FILE_NAME}.{secrets.token_hex(8)}.part"
    try:
        with part.open("wb") as file:
            file.write(json.dumps(_to_dict(manifest)).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / FILE_NAME)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _to_dict(manifest: Manifest) -> dict[str, Any]:
    """Give whole columns rather than a record for each file: a quarter of the time to read."""
    return {
        "version": VERSION,
        "source": manifest.source,
        "shape": dataclasses.asdict(manifest.shape),
        "image_file": manifest.image_file,
        "paths": manifest.files.paths,
        "sizes": manifest.files.sizes,
        "mtimes_ns": manifest.files.mtimes_ns,
        "reasons": manifest.reasons,
    }


def _from_dict(raw: Any) -> Manifest:
    """Raise ValueError, KeyError or TypeError where `raw` isn't a manifest of this version."""
    if raw["version"] != VERSION:
        msg = "another version"
        raise ValueError(msg)
    files = FileList(raw["paths"], raw["sizes"], raw["mtimes_ns"])
    reasons = list(raw["reasons"])
    if len(reasons) != len(files) or set(map(type, reasons)) - {str, type(None)} or set(map(type, files.paths)) - {str}:
        msg = "columns don't fit"
        raise ValueError(msg)
    return Manifest(str(raw["source"]), ImageShape(**raw["shape"]), str(raw["image_file"]), files, reasons)
