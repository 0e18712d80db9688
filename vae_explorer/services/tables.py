"""Tables that say something of the images, read on a thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.samples import spaced
from vae_explorer.core.table import Table, read_table
from vae_explorer.services.colours import ColourBy
from vae_explorer.services.state import Store
from vae_explorer.services.task import Job, TaskThread


class Tables(QObject):
    """Opens tables for the images of one store. Belongs to the main thread."""

    noted = Signal(str)
    failed = Signal(str)
    """One sentence."""

    def __init__(self, store: Store, files: TaskThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._files = files

    def open(self, path: Path) -> None:
        """Join a CSV file to the images on show, and colour them by its first column."""
        embedding = self._store.state.embedding
        if embedding is None:
            self.failed.emit(self.tr("A table says something of images: open some first."))
            return
        paths = embedding.images.paths
        self._files.submit(Job(lambda: read_table(path, paths), self._show, self.failed.emit))

    def _show(self, table: Table) -> None:
        embedding = self._store.state.embedding
        if embedding is None or embedding.images.paths != table.paths:
            return  # others have been opened meanwhile
        first = ColourBy("column", next(iter(table.columns)))
        self._store.update(table=table, colour_by=first, hidden=frozenset())
        if table.missing:
            words = self.tr("“{0}” has no row for {1} of the {2} images, which stay grey.")
            self.noted.emit(words.format(table.title, spaced(table.missing), spaced(len(table.paths))))
