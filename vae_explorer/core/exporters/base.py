"""What writes a model for other programs. Importing this needs no torch, nor any program's library."""

from __future__ import annotations

import contextlib
import importlib
import logging
import tempfile
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import check_place, unwritable
from vae_explorer.core.registry import Registry

if TYPE_CHECKING:
    from vae_explorer.core.model import Model

_SCRATCH = ".exporting-"


class Exporter(ABC):
    """Writes models in one format. Constructed without arguments."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    suffix: ClassVar[str] = ""
    """What the name of the file ends in; empty where a folder is written."""

    @abstractmethod
    def check(self, model: Model) -> None:
        """Raise UserError where the format can't hold this model, or what writes it isn't installed."""

    @abstractmethod
    def write(self, model: Model, path: Path) -> None:
        """Write a model on the CPU that `check` let pass to `path`, where there is nothing yet. Raises UserError."""


exporters: Registry[Exporter] = Registry("format", "vae_explorer.core.exporters")
"""Formats, one file each."""


def export_model(model: Model, to: str, path: Path) -> None:
    """Write a model on the CPU in the format called `to`: whole or not at all, and to a new place. Raises UserError."""
    check_target(exporters.get(to), path)
    exporter = exporters.get(to)()
    exporter.check(model)
    try:
        # Beside the target, so that renaming is one step.
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=path.parent) as scratch:
            written = Path(scratch) / "model"
            exporter.write(model, written)
            written.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error


def check_target(exporter: type[Exporter], path: Path) -> None:
    """Raise UserError, before the work begins, where nothing can be written to `path`."""
    name = printable(str(path))
    if exporter.suffix and path.suffix.lower() != exporter.suffix:
        msg = f"The output “{name}” must end in {exporter.suffix}."
    elif path.exists() or path.is_symlink():
        msg = f"“{name}” exists already; give a new name, so that nothing is overwritten."
    else:
        check_place(path)
        return
    raise UserError(msg)


def check_installed(title: str, extra: str, modules: Sequence[str]) -> None:
    """Raise UserError, saying how to install them, where the modules that `title` needs aren't there."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            msg = f"{title} needs {module}, which isn't installed: pip install 'vae-explorer[{extra}]'."
            raise UserError(msg) from error


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep a library's chatter, its warnings and its log, from standing between the person and one clear sentence."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
