"""Models of other libraries: looked at and imported on a thread. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.importers.wishes import Wishes, in_words
from vae_explorer.services.settings import runs_folder
from vae_explorer.services.task import Job, NewestWins, TaskThread
from vae_explorer.services.trusting import Trusting

if TYPE_CHECKING:
    from vae_explorer.core.importers.examining import Examination


class Importing(QObject):
    """Belongs to the main thread, and so do all signals."""

    examined = Signal(object, object)
    """A path, and the `Examination` of the newest question."""
    imported = Signal(object, str)
    """The run folder that was written, and what was found, in words."""
    unclear = Signal(object, object)
    """A path, and the `Examination` that says what is missing."""
    failed = Signal(str)

    def __init__(self, files: TaskThread, trusting: Trusting, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._trusting = trusting
        self._newest = NewestWins(files)
        self._engine: Any = None

    def use(self, engine: Any) -> None:
        """Take the engine: from now on models can be read."""
        self._engine = engine

    def examine(self, path: Path, wishes: Wishes) -> None:
        """Read a model as `wishes` say, and decode a few codes; nothing is written. The newest question wins."""
        engine = self._engine

        def answer(result: Examination) -> None:
            self.examined.emit(path, result)
            if result.untrusted is not None:
                self._trusting.wanted.emit(result.untrusted, lambda: self.examine(path, wishes))

        self._newest.submit(Job(lambda: engine.examine(path, wishes), answer, self.failed.emit))

    def import_model(self, path: Path, wishes: Wishes | None = None) -> None:
        """Write a model as one of the window's own runs; where its files don't tell enough, `unclear` follows."""
        engine, asked, folder = self._engine, wishes or Wishes(), runs_folder()

        def done(result: tuple[Path | None, Examination]) -> None:
            run, examination = result
            if examination.untrusted is not None:
                self._trusting.wanted.emit(examination.untrusted, lambda: self.import_model(path, wishes))
            elif run is None:
                self.unclear.emit(path, examination)
            else:
                self.imported.emit(run, in_words(examination.found))

        self._files.submit(Job(lambda: engine.import_run(path, asked, folder), done, self.failed.emit))
