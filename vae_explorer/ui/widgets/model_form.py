"""The form that a run's configuration is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.core.classes import check_labelled
from vae_explorer.core.config import ModelConfig, ObjectiveConfig, RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.collapsible import Collapsible
from vae_explorer.ui.widgets.form import Form
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.model_fields import data_fields, model_fields, training_fields
from vae_explorer.ui.widgets.part_choice import PartChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from vae_explorer.core.catalogue import Catalogue
    from vae_explorer.core.data.base import ImageSet


class ModelForm(QWidget):
    """Network, likelihood, objective and all their settings. Has nothing to choose from until it is filled."""

    edited = Signal()
    """Something changed: `config` gives another result."""
    described = Signal(str)
    """The sentence on the field that is focused or under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = self._part("network", self.tr("Network"), ModelConfig, "network")
        self._likelihood = self._part("likelihood", self.tr("Likelihood"), ModelConfig, "likelihood")
        self._objective = self._part("objective", self.tr("Objective"), ObjectiveConfig, "name")
        self._model = Form(self, model_fields())
        self._data = Form(self, data_fields())
        self._training = Form(self)
        self._not_elbo = label("", "warning")
        self._not_elbo.setObjectName("not_elbo")
        self._not_elbo.setWordWrap(True)
        self._lay_out()
        self.edited.connect(self._on_edited)

    def fill(self, config: RunConfig, catalogue: Catalogue, devices: Sequence[tuple[str, str]]) -> None:
        """Offer the parts of `catalogue` and `devices` (name, words for it), and show `config`."""
        self._network.offer(catalogue.networks)
        self._likelihood.offer(catalogue.likelihoods)
        self._objective.offer(catalogue.objectives)
        self._training.set_fields(training_fields(devices))
        self._network.show(config.model.network, config.model.network_settings)
        self._likelihood.show(config.model.likelihood, config.model.likelihood_settings)
        self._objective.show(config.objective.name, config.objective.settings)
        self._model.set_values(config.model.model_dump())
        self._data.set_values(config.data.model_dump())
        self._training.set_values(config.training.model_dump())
        self.edited.emit()

    def config(self, source: str, classes: Sequence[str] = ()) -> RunConfig:
        """Return what the fields say, for the images at `source`. Raises UserError in one sentence.

        A conditional model has these `classes`, see `classes_of`.
        """
        objective = self._objective.choice
        return RunConfig.from_dict({
            "data": {"source": source, **self._data.values()},
            "model": {
                "network": self._network.choice.name,
                "network_settings": self._network.settings.values(),
                "likelihood": self._likelihood.choice.name,
                "likelihood_settings": self._likelihood.settings.values(),
                "posterior": objective.posterior,
                "classes": tuple(classes),
                **self._model.values(),
            },
            "objective": {"name": objective.name, "settings": self._objective.settings.values()},
            "training": self._training.values(),
        })  # fmt: skip

    def classes_of(self, images: ImageSet) -> tuple[str, ...]:
        """Return the classes that the objective takes from the images' labels; none where it needs none.

        Raises UserError where it needs labels and these images haven't any that will do.
        """
        objective = self._objective.choice
        if not objective.needs_labels:
            return ()
        check_labelled(objective.title, images)
        return images.label_names

    def _part(self, name: str, title: str, settings: type[BaseModel], field: str) -> PartChoice:
        return PartChoice(name, title, settings.model_fields[field].description or "", self)

    def _lay_out(self) -> None:
        parts = (self._network, self._likelihood, self._objective)
        chosen = Form(self, [part.field for part in parts], stacked=True)
        folded = QWidget()
        below = QVBoxLayout(folded)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.GRID // 2)
        settings = [self._objective.settings, self._training, self._data, self._network.settings]
        for form in (*settings, self._likelihood.settings):
            below.addWidget(form)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        self.settings = Collapsible(self.tr("Settings"), folded)
        self.settings.button.setObjectName("fold_settings")
        for widget in (chosen, self._not_elbo, self._model, self.settings):
            column.addWidget(widget)
        for form in (chosen, self._model, *settings, self._likelihood.settings):
            form.edited.connect(self.edited)
            form.described.connect(self.described)
        for part in parts:
            part.edited.connect(self.edited)

    def _on_edited(self) -> None:
        try:
            choice = self._objective.choice
            is_elbo = bool(choice.is_elbo) and self._objective.is_default()
        except UserError:
            self._not_elbo.hide()
            return
        has_elbo = self.tr("Not an ELBO: the curves show the true KL and ELBO beside it.")
        has_none = self.tr("Not an ELBO: codes without a spread have neither KL nor ELBO.")
        self._not_elbo.setText(has_none if choice.posterior == "none" else has_elbo)
        self._not_elbo.setVisible(not is_elbo)
