"""TorchScript: what torch.jit.save wrote. It is code."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.code import load_code, names_in
from vae_explorer.core.importers.pairs import halves_in
from vae_explorer.core.importers.wishes import Wishes

SUFFIXES = (".pt", ".pth", ".ts", ".jit", ".torchscript")


@importers.register
class TorchScript(Importer):
    """Keeps the code as it is, and runs it in a process without network or files, if a person trusts it."""

    name = "torchscript"
    title = "TorchScript (a decoder.pt, alone or with an encoder.pt in one folder), which is code"
    summary = "Scripted and traced modules: a decoder, or one with the methods encode and decode."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it is a zip with code/ in it, or a folder with one."""
        decoder = halves_in(path, *SUFFIXES).get("decoder")
        return decoder is not None and any(name.split("/")[1:2] == ["code"] for name in names_in(decoder))

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Try the code out. Raises UntrustedError, UserError."""
        return load_code(origin(cls, path), "torchscript", halves_in(path, *SUFFIXES), wishes)
