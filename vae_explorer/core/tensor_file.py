"""Safetensors files, to the byte: equal tensors are equal files, and what is noted at the head is read without torch.

Importing this needs no torch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

MOST_HEADER_BYTES = 100_000_000
"""A safetensors file whose header is longer is refused, as safetensors itself does."""


def packed(tensors: Mapping[str, Tensor], notes: dict[str, str]) -> bytes:
    """Return the content of a file that holds `tensors`, with `notes` at its head."""
    from safetensors.torch import save

    return _in_order(save({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, notes))


def unpacked(path: Path, raw: bytes) -> dict[str, Tensor]:
    """Return the tensors that `raw`, the content of `path`, holds: on the CPU. Raises UserError."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(raw)
    except (SafetensorError, ValueError, KeyError) as error:
        raise damaged(path) from error


def notes_of(path: Path, file: IO[bytes]) -> dict[str, Any]:
    """Read what is noted at the head of `path`: the length of a JSON text in 8 bytes, then the text. Raises UserError.

    Of `file`, its content, no more than the head is read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > min(size, MOST_HEADER_BYTES):
        raise damaged(path)
    try:
        header = json.loads(file.read(length))
        notes = header.get("__metadata__", {})
    except (ValueError, RecursionError, AttributeError) as error:
        raise damaged(path) from error
    if not isinstance(notes, dict):
        raise damaged(path)
    return notes


def damaged(path: Path) -> UserError:
    """Say that a file can't be understood."""
    return UserError(f"“{printable(str(path))}” is damaged or incomplete.")


def _in_order(raw: bytes) -> bytes:
    """Sort what is noted at the head, which comes in any order."""
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # where the tensors begin is aligned
    return len(text).to_bytes(8, "little") + text + raw[start:]
