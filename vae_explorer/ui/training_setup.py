"""What sets a training up: the panel is filled with what suits the images, and what it says is trained."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.errors import UserError
from vae_explorer.services.dataset import takes
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui.costing import Costing
from vae_explorer.ui.views.train_panel import TrainPanel


class TrainingSetup(QObject):
    """Connects the training panel with the session."""

    failed = Signal(str)
    """One sentence: why what the panel says can't be trained."""

    def __init__(self, session: Session, panel: TrainPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self._costing = Costing(session, panel, self)
        panel.train_requested.connect(session.train)
        session.ready.connect(self._on_ready)
        session.training_started.connect(self._on_started)
        session.training_ended.connect(self._on_over)
        session.training_failed.connect(self._on_over)
        session.store.changed.connect(self._on_state_changed)

    def train(self) -> None:
        """Train what the panel says."""
        try:
            config = self._panel.values()
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self._session.train(config)

    def shut_down(self) -> None:
        """End what is under way beside training: the window closes."""
        self._costing.shut_down()

    def _fill(self) -> None:
        """Offer what the model at hand was trained with, where it takes these images, else what suits them."""
        engine, state = self._session.engine, self._session.store.state
        images = state.images
        if engine is None or images is None:
            return
        model = state.model
        ours = model is not None and model.config.imported is None and takes(images, model.config)
        config = model.config if model is not None and ours else None
        devices = [("auto", self.tr("automatic"))] + [(name, name) for name in engine.available_devices()]
        config = config or engine.configure(images, source=images.source)
        self._panel.fill(config, engine.catalogue(), devices)

    def _on_ready(self) -> None:
        self._panel.set_waiting(self.tr("To train a model open images first: it is made for them."))
        self._fill()

    def _on_started(self) -> None:
        self._panel.set_training(True)

    def _on_over(self) -> None:
        self._panel.set_training(False)

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        if new.images is not old.images or new.model is not old.model:
            self._fill()
        if new.images is not old.images:
            self._panel.set_training(self._session.training.running)
