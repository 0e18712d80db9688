"""The training panel: which images, which model, how to train it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from vae_explorer.core.classes import count_in_words
from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.cost_label import CostLabel
from vae_explorer.ui.widgets.image_set_box import ImageSetBox
from vae_explorer.ui.widgets.labels import label, set_role
from vae_explorer.ui.widgets.model_form import ModelForm
from vae_explorer.ui.widgets.scrolled import scrolled_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.core.catalogue import Catalogue
    from vae_explorer.core.cost import Cost


class TrainPanel(QWidget):
    """Renders the images from the store; the configuration is its own until Train is pressed."""

    open_folder_requested = Signal()
    skipped_requested = Signal()
    train_requested = Signal(object)
    """A RunConfig."""
    configured = Signal(object)
    """The RunConfig that the fields say now, or None where they say none; `show_cost` answers."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._training = False
        self._told: RunConfig | None = None
        self.setObjectName("train_panel")
        self._images = ImageSetBox()
        self._waiting = label("", "muted")
        self._waiting.setWordWrap(True)
        self._form: ModelForm | None = None
        self._help = label(self.tr("Point at a field to read what it does."), "muted")
        self._cost = CostLabel()
        self._message = label("", "muted")
        self._train = push_button(self.tr("Train"), self.tr("Train a new model on the images"), "train", primary=True)
        self._lay_out()
        self._connect()
        self.set_waiting(self.tr("Waiting for torch…"))
        self._images.show_images(store.state.images)

    def set_waiting(self, text: str) -> None:
        """Say what is being waited for in place of the fields."""
        self._waiting.setText(text)
        self._show_waiting(True)

    def fill(self, config: RunConfig, catalogue: Catalogue, devices: Sequence[tuple[str, str]]) -> None:
        """Show the fields: what `catalogue` and `devices` (name, words for it) offer, with the values of `config`."""
        self._form = self._form or self._make_form()
        self._form.fill(config, catalogue, devices)
        self._show_waiting(False)

    def set_training(self, training: bool) -> None:
        """Say whether training is under way: one at a time."""
        if self._training and not training:
            self._told = None  # what could not be measured meanwhile can be now
        self._training = training
        self._check()

    def show_cost(self, cost: Cost | None) -> None:
        """Tell what training would cost; None: it isn't known."""
        self._cost.show_cost(cost)

    def values(self) -> RunConfig:
        """Return what the fields say. Raises UserError in one sentence where that describes no run."""
        images = self._store.state.images
        if self._form is None or self._is_waiting:
            raise UserError(self._waiting.text())
        if images is None:
            raise UserError(self.tr("Open a folder of images to train on."))
        return self._form.config(images.source, self._form.classes_of(images))

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        inner.setSpacing(theme.GRID)
        inner.addWidget(self._images)
        inner.addSpacing(theme.GRID)
        inner.addWidget(label(self.tr("Model"), "title"))
        inner.addWidget(self._waiting)
        inner.addStretch(1)
        self._inner = inner
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolled_whole(content), stretch=1)
        column.addWidget(self._footer())

    def _make_form(self) -> ModelForm:
        """Make the fields: not before they are filled, since the first painted window doesn't wait for them."""
        form = ModelForm()
        form.edited.connect(self._check)
        form.described.connect(self._help.setText)
        self._inner.insertWidget(self._inner.count() - 1, form)
        return form

    def _footer(self) -> QFrame:
        """The help line, what keeps from training, and the button: always in sight."""
        for text, name, lines in ((self._help, "field_help", 3), (self._message, "train_message", 1)):
            text.setObjectName(name)
            text.setWordWrap(True)
            text.setAlignment(Qt.AlignmentFlag.AlignTop)
            text.setMinimumHeight(lines * text.fontMetrics().height())
        footer = QFrame()
        column = QVBoxLayout(footer)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        for widget in (self._help, self._cost, self._message, self._train):
            column.addWidget(widget)
        return footer

    def _connect(self) -> None:
        self._store.changed.connect(self._on_changed)
        self._images.open_folder_requested.connect(self.open_folder_requested)
        self._images.skipped_requested.connect(self.skipped_requested)
        self._train.clicked.connect(self._on_train)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.images is not old.images:
            self._images.show_images(new.images)
            self._check()

    @property
    def _is_waiting(self) -> bool:
        return not self._waiting.isHidden()

    def _show_waiting(self, waiting: bool) -> None:
        self._waiting.setVisible(waiting)
        for text in (self._help, self._cost):
            text.setVisible(not waiting)
        if self._form is not None:
            self._form.setVisible(not waiting)
        self._check()

    def _check(self) -> None:
        """Say what keeps from training, if anything does; else what is taken from the images."""
        problem, note, role, config = "", "", "muted", None
        try:
            config = self.values()
            if classes := config.model.classes:
                note = self.tr("Conditional on the labels: {0}.").format(count_in_words(len(classes)))
        except UserError as error:
            ready = self._store.state.images is not None and not self._is_waiting
            problem, role = str(error), "warning" if ready else "muted"
        if self._training:
            problem, role = self.tr("Training is under way; stop it to train anew."), "muted"
        self._message.setText(problem or note)
        self._message.setVisible(bool(problem or note) and not self._is_waiting)
        set_role(self._message, role)
        self._train.setEnabled(not problem)
        self._train.setToolTip(problem or self.tr("Train a new model on the images"))
        self._tell(config)

    def _tell(self, config: RunConfig | None) -> None:
        """Say what the fields say, where it is something new."""
        if config != self._told:
            self._told = config
            self.configured.emit(config)

    def _on_train(self) -> None:
        self.train_requested.emit(self.values())
