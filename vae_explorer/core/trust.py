"""Which files with code a person has said to trust: by what is in them, not by their name."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import write_atomically
from vae_explorer.core.user_data import data_folder

Loaded = TypeVar("Loaded")

_FILE = "trusted.json"


class UntrustedError(UserError):
    """A model is code that nobody has said to trust. `digests` are what to hand to `trust` when somebody does."""

    def __init__(self, message: str, name: str, digests: Sequence[str]) -> None:
        super().__init__(message)
        self.name = name
        self.digests = tuple(digests)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def check_trusted(name: str, *contents: bytes, command: str = "import --trust") -> None:
    """Raise UntrustedError unless a person trusts each of these files, which belong to what is called `name`.

    `command` is what makes them trusted.
    """
    trusted = _read()
    if unknown := [digest for digest in map(digest_of, contents) if digest not in trusted]:
        msg = (
            f"“{printable(name)}” is code, which could do harm (SHA-256 {unknown[0][:16]}…): if you know where it "
            f"comes from, trust it with {command}, or in the window when it asks."
        )
        raise UntrustedError(msg, name, unknown)


def trusting_command(run: Path) -> str:
    """Write the command that makes the code in a run folder trusted."""
    word = subprocess.list2cmdline([str(run)]) if sys.platform == "win32" else shlex.quote(str(run))
    return f"vae-explorer trust {printable(word)}"


def trust(name: str, digests: Sequence[str]) -> None:
    """Remember that a person trusts files with these SHA-256. Raises UserError where that can't be written."""
    said = {"name": printable(name), "when": time.strftime("%Y-%m-%d %H:%M:%S")}
    path = data_folder() / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"What you trust can't be remembered: “{printable(str(path.parent))}” can't be made."
        raise UserError(msg) from error
    write_atomically(path, json.dumps(_read() | dict.fromkeys(digests, said), indent=2).encode("ascii"))


def trusting(load: Callable[[], Loaded]) -> Loaded:
    """Load a model; where it is code, remember that the person trusts it. Raises UserError."""
    try:
        return load()
    except UntrustedError as asked:
        trust(asked.name, asked.digests)
        return load()


def _read() -> dict[str, object]:
    """Read what is trusted: nothing, where there is no file or it is damaged."""
    try:
        trusted = json.loads(Path(data_folder() / _FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return trusted if isinstance(trusted, dict) else {}
