"""Models that are kept: the one on show is saved or exported, and those of earlier are listed. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vae_explorer.services.runs import RunSummary, copy_run, list_runs
from vae_explorer.services.settings import SettingsFile, runs_folder
from vae_explorer.services.shown import ShownModel
from vae_explorer.services.task import Job, TaskThread


class Keeping(QObject):
    """Belongs to the main thread."""

    noted = Signal(str)
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(self, settings: SettingsFile, files: TaskThread, shown: ShownModel, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._files = files
        self._shown = shown

    def save_as(self, target: Path) -> None:
        """Copy the model's run folder to `target`, which must not exist, with the weights that are on show."""
        loaded = self._shown.loaded
        source = loaded.info.run if loaded is not None else None
        if loaded is None or source is None:
            self.failed.emit(self.tr("There is no model to save yet."))
            return
        weights = loaded.newest

        def done(path: Path) -> None:
            self._settings.add_recent("recent_models", str(path))
            self.noted.emit(self.tr("Saved to {0}").format(path))

        self._files.submit(Job(lambda: copy_run(source, target, weights), done, self.failed.emit, is_saving=True))

    def export(self, to: str, target: Path) -> None:
        """Write the model that is on show for other programs, in the format called `to`, to `target`, a new place."""
        loaded = self._shown.loaded
        if loaded is None:
            self.failed.emit(self.tr("There is no model to export yet."))
            return
        write, done = loaded.exporter(to), self.tr("Exported to {0}").format(target)
        self.noted.emit(self.tr("Exporting…"))
        self._files.submit(
            Job(lambda: write(target), lambda _: self.noted.emit(done), self.failed.emit, is_saving=True)
        )

    def list_runs(self, answer: Callable[[list[RunSummary]], None]) -> None:
        """Describe the window's own runs to `answer`."""
        self._files.submit(Job(lambda: list_runs(runs_folder()), answer, self.failed.emit))
