"""A list of what the points can be coloured by, as model, images, table and plane are now."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from vae_explorer.services.colouring import images_of, offered
from vae_explorer.services.colours import BY_LABEL, ColourBy
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.colour_words import choice_words, explanation_of

MOST_IN_SIGHT = 24


class ColourChoice(ChoiceBox):
    """Shows the state's `colour_by`, and changes it. Its last entry opens a table."""

    table_wanted = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("colour_by")
        self.setAccessibleName(self.tr("Colour points by"))
        self.setToolTip(self.tr("What colours the points"))
        self.setMinimumContentsLength(10)
        self.setMaxVisibleItems(MOST_IN_SIGHT)
        self._store = store
        self._choices: tuple[ColourBy, ...] = ()
        self.activated.connect(self._on_chosen)
        store.changed.connect(self._on_changed)
        self._render(store.state)

    @property
    def choices(self) -> tuple[ColourBy, ...]:
        """What is in the list, from the top."""
        return self._choices

    def _on_chosen(self, index: int) -> None:
        if index < len(self._choices):
            self._store.update(colour_by=self._choices[index], hidden=frozenset())
        else:
            self._render(self._store.state)
            self.table_wanted.emit()

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if _what_offers(old) != _what_offers(new):
            self._render(new)

    def _render(self, state: AppState) -> None:
        choices, by = offered(state), _seen(state)
        if by not in choices:  # of a plane that has turned since, or of a linked model
            choices = (*choices, by)
        if choices != self._choices:
            self._fill(choices)
        place = choices.index(by)
        if place != self.currentIndex():
            self.setCurrentIndex(place)

    def _fill(self, choices: tuple[ColourBy, ...]) -> None:
        self._choices = choices
        self.clear()
        for by in choices:
            self._add(choice_words(by), explanation_of(by))
        self._add(self.tr("by a table…"), self.tr("Open a CSV file that says something of the images, by their names"))

    def _add(self, title: str, says: str) -> None:
        self.addItem(title)
        self.setItemData(self.count() - 1, says, Qt.ItemDataRole.ToolTipRole)


def _what_offers(state: AppState) -> tuple[object, ...]:
    codes = state.model, state.images, state.embedding
    return (state.colour_by, *codes, state.table, state.directions, state.projection)


def _seen(state: AppState) -> ColourBy:
    """What colours the points: of images without labels all are alike, until there are others."""
    images = images_of(state)
    is_plain = state.colour_by == BY_LABEL and images is not None and images.labels is None
    return ColourBy("none") if is_plain else state.colour_by
