"""What is asked about models of other libraries: one question at a time, and what comes meanwhile waits in line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.core.trust import UntrustedError
from vae_explorer.services.session import Session
from vae_explorer.ui.widgets.import_dialog import ImportDialog
from vae_explorer.ui.widgets.trust_dialog import TrustDialog

if TYPE_CHECKING:
    from vae_explorer.core.importers.examining import Examination


class ImportDesk(QObject):
    """Belongs to the window, whose dialogs it shows. All methods belong to the main thread."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._dialog: ImportDialog | None = None
        self._waiting: dict[Path, Examination | None] = {}
        """The models whose turn comes after the one that is asked about, with what was found of them."""
        self._questions: list[tuple[UntrustedError, Callable[[], None]]] = []
        """What is asked about trust: the first of them now."""
        session.importing.unclear.connect(self.examine)
        session.importing.examined.connect(self._on_examined)
        session.trusting.wanted.connect(self.ask_to_trust)

    def leave_questions(self) -> None:
        """Ask nothing from now on: nobody is there to answer."""
        self._session.importing.unclear.disconnect(self.examine)
        self._session.trusting.wanted.disconnect(self.ask_to_trust)

    # What is found

    def examine(self, path: Path, first: Examination | None = None) -> None:
        """Show what is found of a model, to be completed and corrected; `first` is what was found already.

        While another one is asked about, it waits. One that is asked about already, or waits, is not asked about twice.
        """
        path = path.absolute()
        if self._dialog is None:
            self._show(path, first)
            return
        if path != self._dialog.path:
            self._waiting.setdefault(path, first)
            self._tell_waiting()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _show(self, path: Path, first: Examination | None) -> None:
        importing = self._session.importing
        dialog = self._dialog = ImportDialog(path, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.examine_wanted.connect(importing.examine)
        dialog.import_wanted.connect(importing.import_model)
        dialog.all_cancelled.connect(self._forget_waiting)
        dialog.finished.connect(self._on_finished)
        self._tell_waiting()
        if first is None:
            dialog.start()
        else:
            dialog.show_examination(path, first)
            dialog.show()

    def _tell_waiting(self) -> None:
        if self._dialog is not None:
            self._dialog.show_waiting([printable(path.name) for path in self._waiting])

    def _forget_waiting(self) -> None:
        self._waiting.clear()

    def _on_examined(self, path: Path, examination: Examination) -> None:
        if self._dialog is not None:
            self._dialog.show_examination(path, examination)

    def _on_finished(self) -> None:
        self._dialog = None
        if self._waiting:
            path = next(iter(self._waiting))
            self._show(path, self._waiting.pop(path))

    # Code

    def ask_to_trust(self, asked: UntrustedError, go_on: Callable[[], None]) -> None:
        """Ask whether a model that is code may run, and go on if so."""
        self._questions.append((asked, go_on))
        if len(self._questions) == 1:  # else it is asked once the one before is answered
            while self._questions:
                self._ask_first()

    def _ask_first(self) -> None:
        asked, _ = self._questions[0]
        is_trusted = TrustDialog.ask(asked, self._window)
        same = [question for question in self._questions if question[0].digests == asked.digests]
        self._questions = [question for question in self._questions if question not in same]
        if not is_trusted:
            self._give_up(asked)
            return
        for question in same:
            self._session.trusting.grant(*question)

    def _give_up(self, asked: UntrustedError) -> None:
        """Ask no more about a model that the person doesn't trust."""
        if self._dialog is not None and self._dialog.path.name == asked.name:
            self._dialog.reject()
        self._session.noted.emit(str(asked))
