"""Keeps the training panel's word on the cost up to date."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vae_explorer.core.config import RunConfig
from vae_explorer.services.cost import CostService
from vae_explorer.services.session import Session
from vae_explorer.ui.views.train_panel import TrainPanel


class Costing(QObject):
    """Asks what the configuration in the panel would cost; while training runs it has nothing timed, but counted."""

    def __init__(self, session: Session, panel: TrainPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._service = CostService(self)
        self._service.estimated.connect(panel.show_cost)
        panel.configured.connect(self._on_configured)

    def shut_down(self) -> None:
        """End the thread and wait for it: the window closes."""
        self._service.close()

    def _on_configured(self, config: RunConfig | None) -> None:
        engine, images = self._session.engine, self._session.store.state.images
        if config is None or engine is None or images is None:
            self._service.forget()
            return
        measure = not self._session.training.running
        self._service.ask(lambda: engine.estimate_cost(config, images, measure=measure))
