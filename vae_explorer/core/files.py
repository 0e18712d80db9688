"""Writing files so that a crash never spoils them, and the sentences for where they can't be written or read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old content or the new, never part. Raises UserError."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise unwritable(path, error) from error


def check_place(path: Path) -> None:
    """Raise UserError, before the work begins, where there is no folder to write `path` into, or it is closed."""
    folder = printable(str(path.parent))
    if not path.parent.is_dir():
        msg = f"There is no folder “{folder}” to write {printable(path.name)} into."
        raise UserError(msg)
    if not os.access(path.parent, os.W_OK):
        msg = f"The folder “{folder}” can't be written to."
        raise UserError(msg)


def unwritable(path: Path, error: Exception) -> UserError:
    """Say that a file or folder can't be written, and why."""
    return UserError(f"“{printable(str(path))}” cannot be written: {_reason(error)}.")


def unreadable(path: Path, error: Exception) -> UserError:
    """Say that a file or folder can't be read, and why."""
    return UserError(f"“{printable(str(path))}” cannot be read: {_reason(error)}.")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return (text or str(error)).rstrip(".").lower()
