"""The choice of one part of a model, with the settings that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.editors import Editor
from vae_explorer.ui.widgets.form import Field, Form
from vae_explorer.ui.widgets.model_fields import setting_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_explorer.core.catalogue import Choice


class PartChoice(QObject):
    """`field` chooses the part; `settings` is a form that shows the settings of the chosen one."""

    edited = Signal()

    def __init__(self, name: str, title: str, says: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._box = ChoiceBox()
        self._choices: dict[str, Choice] = {}
        self.field = Field(
            name, title, says, Editor(self._box, self._box.value, self._box.set_value, self._box.activated)
        )
        self.settings = Form(parent, prefix=f"{name}_")
        self._box.currentIndexChanged.connect(self._on_chosen)
        self.settings.edited.connect(self.edited)

    @property
    def choice(self) -> Choice:
        """The part that is chosen. Raises UserError while there is none to choose."""
        try:
            return self._choices[self._box.value()]
        except KeyError:
            msg = self.tr("No {0} is chosen.").format(self.field.title.lower())
            raise UserError(msg) from None

    def offer(self, choices: Sequence[Choice]) -> None:
        """Replace what there is to choose from."""
        self._choices = {choice.name: choice for choice in choices}
        self._box.set_choices((choice.name, choice.title, choice.summary) for choice in choices)

    def show(self, name: str, settings: Mapping[str, Any]) -> None:
        """Choose `name`, with these settings, and its defaults for the others."""
        self._box.set_value(name)
        self._on_chosen()
        self.settings.set_values(settings)

    def is_default(self) -> bool:
        """Whether all settings have their defaults."""
        return self.settings.values() == {info.name: info.default for info in self.choice.settings}

    def _on_chosen(self) -> None:
        choice = self._choices.get(self._box.value())
        self.settings.set_fields([] if choice is None else setting_fields(choice.settings))
        self._box.setToolTip("" if choice is None else f"{choice.title}\n{choice.summary}")
        self.edited.emit()
