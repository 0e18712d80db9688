"""What tells of training, and steers it: the strip, the curves and the reconstructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter

from vae_explorer.core.config import RunConfig
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.services.reconstructions import Pairs
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui.regulariser import RegulariserSteering
from vae_explorer.ui.views.curves import Curves
from vae_explorer.ui.views.reconstructions import Reconstructions
from vae_explorer.ui.views.training_strip import TrainingStrip
from vae_explorer.ui.widgets.weight_control import WeightControl

if TYPE_CHECKING:
    from vae_explorer.core.watching import Glimpse


class TrainingDesk(QObject):
    """Hands on what the session says of training, and what the strip is asked for."""

    watching_began = Signal()
    """The model on show is found to be trained by another process."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.strip = TrainingStrip()
        self.curves = Curves()
        self.weight = WeightControl()
        self.curves.add_control(self.weight)
        RegulariserSteering(session, self.weight)
        self.reconstructions = Reconstructions()
        self.panes = QSplitter(Qt.Orientation.Horizontal)
        """Curves and reconstructions, side by side."""
        self.panes.addWidget(self.curves)
        self.panes.addWidget(self.reconstructions)
        self.panes.setStretchFactor(0, 3)
        self.panes.setStretchFactor(1, 2)
        self._connect()

    def toggle_pause(self) -> None:
        """Pause training, or let it go on."""
        training = self._session.training
        (training.resume if training.paused else training.pause)()

    def _connect(self) -> None:
        session, strip = self._session, self.strip
        strip.pause_requested.connect(session.training.pause)
        strip.resume_requested.connect(session.training.resume)
        strip.stop_requested.connect(session.training.stop)
        strip.go_on_requested.connect(session.go_on)
        session.model_opened.connect(self._on_model_opened)
        session.training_started.connect(self._on_started)
        session.training.stepped.connect(self._on_step)
        session.training.paused_changed.connect(strip.on_paused)
        session.training_ended.connect(self._on_ended)
        session.training_failed.connect(strip.on_failed)
        session.pairs_decoded.connect(self._on_pairs)
        session.watching.glimpsed.connect(self._on_glimpsed)
        session.watching.lost.connect(self._on_lost)
        session.store.changed.connect(self._on_state_changed)

    def _on_model_opened(self, _config: RunConfig, history: list[dict[str, object]]) -> None:
        if not self._session.training.running:  # else strip and curves go on telling of that
            self.strip.reset()
            self.curves.start(history)

    def _on_glimpsed(self, glimpse: Glimpse) -> None:
        """The model's run was looked at, which another process may train."""
        if self._session.training.running:  # then strip and curves tell of that
            return
        knew = self.strip.is_watching
        self.strip.on_glimpsed(glimpse)
        if self.strip.is_watching and not knew:
            self.watching_began.emit()
        if glimpse.is_rewritten:
            self.curves.start(list(glimpse.history))
        elif glimpse.history:
            self.curves.add_lines(glimpse.history)

    def _on_lost(self, message: str) -> None:
        if not self._session.training.running:
            self.strip.on_lost(message)

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self.reconstructions.clear()

    def _on_started(self, config: RunConfig, history: list[dict[str, object]]) -> None:
        self.strip.on_started(config)
        self.curves.start(history)

    def _on_step(self, step: TrainStep) -> None:
        self.strip.on_step(step)
        self.curves.add(step)

    def _on_ended(self, result: TrainResult) -> None:
        self.strip.on_finished(result)

    def _on_pairs(self, pairs: Pairs) -> None:
        self.reconstructions.show_pairs(pairs.originals, pairs.reconstructions)
