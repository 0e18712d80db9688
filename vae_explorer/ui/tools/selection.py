"""The images that are selected in the plane: found by name or label, looked at, and kept as a list."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.services.nearby import Nearby
from vae_explorer.services.selecting import Find
from vae_explorer.services.selection import others, with_label, with_name
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.gallery import Gallery
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.save_dialog import SaveTextDialog, save_text

NEIGHBOURS: Final = 24
MOST_LISTED: Final = 5000
"""Of more images so many are listed: a list of all would take longer to lay out than anybody waits."""

MOST_LABELS: Final = 1000
"""Of more labels the first so many are offered; the others can be searched for by name."""


@tools.register
class SelectionTool(Tool):
    """Renders `selection` from the store; points at images, and is pointed at, both ways."""

    name = "selection"
    title = "Selected images"
    summary = "See what the lasso caught; select by name, by label, or what lies nearest to the probe."
    preferred_width = 340

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._search = QLineEdit()
        self._search.setObjectName("selection_search")
        self._search.setPlaceholderText(self.tr("Names that hold these words"))
        self._search.setClearButtonEnabled(True)
        self._labels = ChoiceBox()
        self._labels.setObjectName("selection_label")
        self._labels.setToolTip(self.tr("Select the images with a label"))
        self._nearest = push_button(
            self.tr("Nearest"),
            self.tr("Select the {0} images nearest to the probe").format(NEIGHBOURS),
            "selection_nearest",
        )
        self._invert = push_button(self.tr("Others"), self.tr("Select those that aren't selected"), "selection_invert")
        self._save = push_button(
            self.tr("Save list…"), self.tr("Save the names of the selected images"), "selection_save"
        )
        self._says = label("", "heading")
        self._says.setObjectName("selection_says")
        self._says.setWordWrap(True)
        self.gallery = Gallery()
        self._lay_out()
        self._connect()
        self._show_labels(session.store.state)
        self._show()

    def _lay_out(self) -> None:
        finders = QHBoxLayout()
        finders.setSpacing(theme.GRID)
        finders.addWidget(self._search, stretch=3)
        finders.addWidget(self._labels, stretch=2)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        for button in (self._nearest, self._invert, self._save):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(finders)
        column.addLayout(buttons)
        column.addWidget(self._says)
        column.addWidget(self.gallery, stretch=1)

    def _connect(self) -> None:
        session = self.session
        session.store.changed.connect(self._on_changed)
        session.image_pointed.connect(self.gallery.point_at)
        self.gallery.pointed.connect(session.image_pointed)
        self.gallery.chosen.connect(session.go_to_image)
        self._search.returnPressed.connect(self._on_search)
        self._labels.activated.connect(self._on_label)
        self._nearest.clicked.connect(self._on_nearest)
        self._invert.clicked.connect(self._on_invert)
        self._save.clicked.connect(self._on_save)
        self.seen_changed.connect(self._show)

    # What the person does

    def _select(self, find: Find, if_none: str = "") -> None:
        self.session.selecting.select(find, if_none=if_none)

    def _on_search(self) -> None:
        words = self._search.text()
        before = self.session.store.state.selection
        self._select(
            lambda embedding, cancel: with_name(embedding.images, words, cancel),
            self.tr("No image has a name with “{0}”.").format(words),
        )
        if self.session.store.state.selection is not before:
            self.gallery.setFocus()  # where Ctrl+Z undoes the selecting, not the typing

    def _on_label(self) -> None:
        chosen = self._labels.currentData()
        if chosen is not None:
            self._select(lambda embedding, _cancel: with_label(embedding.images, chosen))

    def _on_nearest(self) -> None:
        state = self.session.store.state
        if state.embedding is not None:
            self.session.nearby.ask_many(state.embedding, state.probe, NEIGHBOURS, self._on_found)

    def _on_found(self, nearby: Nearby) -> None:
        self._select(lambda _embedding, _cancel: nearby.indices)

    def _on_invert(self) -> None:
        selection = self.session.store.state.selection
        self._select(lambda embedding, _cancel: others(selection, len(embedding.mean)))

    def _on_save(self) -> None:
        state = self.session.store.state
        path = SaveTextDialog.ask(self, "selected.txt") if state.selection and state.embedding else None
        if path is None or state.selection is None or state.embedding is None:
            return
        indices, names = state.selection.indices, state.embedding.images.paths
        saved, refused = self.tr("Saved as {0}"), self.tr("The list could not be saved as {0}: {1}.")

        def write() -> str:
            try:
                save_text("\n".join(printable(names[index]) for index in indices.tolist()) + "\n", path)
            except OSError as error:
                raise UserError(refused.format(path, error)) from error
            return saved.format(path)

        self.session.selecting.save(write, len(indices))

    # What is seen

    def _on_changed(self, old: AppState, new: AppState) -> None:
        images_changed = (old.embedding and old.embedding.images) is not (new.embedding and new.embedding.images)
        if images_changed:
            self._show_labels(new)
        if images_changed or new.selection != old.selection:
            self._show()

    def _show_labels(self, state: AppState) -> None:
        images = state.embedding.images if state.embedding is not None else None
        names = images.label_names[:MOST_LABELS] if images is not None and images.labels is not None else ()
        self._labels.set_choices(
            [(None, self.tr("by label"), ""), *((n, printable(t), "") for n, t in enumerate(names))]
        )
        self._labels.setEnabled(bool(names))

    def _show(self) -> None:
        """List the selected images; a tool that isn't seen waits until it is."""
        state = self.session.store.state
        for button in (self._nearest, self._invert):
            button.setEnabled(state.embedding is not None)
        self._save.setEnabled(state.selection is not None)
        if not self.is_seen:
            return
        if state.embedding is None or state.selection is None:
            self._says.setText(self.tr("Nothing is selected: draw around points with the lasso, or Shift and drag."))
            self.gallery.show_images(None, np.zeros(0, np.int64))
            return
        count, total = len(state.selection), len(state.embedding.mean)
        words = self.tr("{0} of {1} images").format(count_text(count), count_text(total))
        if count > MOST_LISTED:
            words += self.tr(", of which {0} are listed").format(count_text(MOST_LISTED))
        self._says.setText(words)
        listed = np.linspace(0, count - 1, min(count, MOST_LISTED)).astype(np.int64)
        self.gallery.show_images(state.embedding.images, state.selection.indices[listed])
