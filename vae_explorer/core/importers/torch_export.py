"""torch.export: programs that torch.export.save wrote. Reading them may run code."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.code import load_code, names_in
from vae_explorer.core.importers.pairs import halves_in
from vae_explorer.core.importers.wishes import Wishes

SUFFIX = ".pt2"

_SIGNS = ("archive_format", "models/model.json", "serialized_exported_program.json")
"""Members that say so: of torch 2.8 and later, and of before."""


@importers.register
class TorchExport(Importer):
    """Keeps the program as it is, and runs it in a process without network or files, if a person trusts it."""

    name = "torch-export"
    title = "torch.export (a decoder.pt2, alone or with an encoder.pt2 in one folder), which may hold code"
    summary = "Programs of torch.export, which PyTorch reads by unpickling where all else fails."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it is such a zip, or a folder with one; by its name alone one that is damaged, for loading to say."""
        decoder = halves_in(path, SUFFIX).get("decoder")
        if decoder is None:
            return False
        names = names_in(decoder)
        return not names or any(name.endswith(_SIGNS) for name in names)

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Try the program out. Raises UntrustedError, UserError."""
        return load_code(origin(cls, path), "torch-export", halves_in(path, SUFFIX), wishes)
