"""The choice of the model that stands beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.services.candidates import Candidate
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.runs import title_of
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.choice_box import ChoiceBox


class CompanionBar(QWidget):
    """A list of the models there are, one to open any other, and one to train what is missing."""

    chosen = Signal(object)
    """The run's folder, a Path."""
    twin_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._candidates: tuple[Candidate, ...] = ()
        self._shown: ModelInfo | None = None
        self._box = ChoiceBox()
        self._box.setObjectName("companion_choice")
        self._box.setAccessibleName(self.tr("The second model"))
        self._open = push_button(self.tr("Open…"), self.tr("Put any other model beside the first"), "companion_open")
        self._twin = push_button(self.tr("Train its twin"), "", "companion_twin")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self._box, stretch=1)
        row.addWidget(self._open)
        row.addWidget(self._twin)
        self._box.activated.connect(self._on_activated)
        self._open.clicked.connect(self._on_open)
        self._twin.clicked.connect(self.twin_wanted)

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Offer these."""
        self._candidates = tuple(candidates)
        self._fill()

    def show_model(self, model: ModelInfo | None) -> None:
        """Show which one it is, offered or not."""
        self._shown = model
        self._fill()

    def show_twin(self, says: str, *, possible: bool) -> None:
        """Say what the twin would be, or why there can't be one now."""
        self._twin.setEnabled(possible)
        self._twin.setToolTip(says)

    def _fill(self) -> None:
        choices = [_choice(other.title, other.path) for other in self._candidates]
        shown = self._shown
        if shown is not None and shown.run is not None and str(shown.run) not in [value for value, _, _ in choices]:
            choices.insert(0, _choice(title_of(shown.config), shown.run))
        self._box.set_choices(choices)
        self._box.setCurrentIndex(-1)
        if shown is not None:
            self._box.set_value(str(shown.run))

    def _on_activated(self) -> None:
        self.chosen.emit(Path(self._box.value()))

    def _on_open(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Open a model to stand beside the first: a run folder"))
        if path:
            self.chosen.emit(Path(path))


def _choice(title: str, run: Path) -> tuple[str, str, str]:
    """Return a run's value in the list, the words for it, and its tooltip."""
    return str(run), f"{title} — {printable(run.name)}", printable(str(run))
