"""Connects the control of the regulariser's weight with the training that it steers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vae_explorer.core.config import RunConfig
from vae_explorer.services.session import Session
from vae_explorer.ui.widgets.weight_control import WeightControl


class RegulariserSteering(QObject):
    """Keeps one control true: several may show the same training."""

    def __init__(self, session: Session, control: WeightControl) -> None:
        super().__init__(control)
        self._session = session
        self._control = control
        control.weight_chosen.connect(session.training.set_weight)
        session.training.weight_changed.connect(control.show_weight)
        session.training_started.connect(self._on_started)
        session.training_ended.connect(self._on_ended)
        session.training_failed.connect(self._on_ended)
        control.show_weight(session.training.weight)
        if session.training_config is not None:
            self._on_started(session.training_config)

    def _on_started(self, config: RunConfig) -> None:
        regulariser = self._session.engine.regulariser_of(config)
        if regulariser is None:
            self._control.lock(self.tr("The objective that is being trained has no regulariser."))
        elif regulariser.weight == 0:
            self._control.lock(
                self.tr("The settings give the regulariser the weight 0, so there is nothing to multiply.")
            )
        else:
            self._control.unlock(regulariser.setting, regulariser.weight)

    def _on_ended(self) -> None:
        self._control.lock(self.tr("It can be changed while training runs."))
