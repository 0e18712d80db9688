"""Says what is on show, and while there is nothing to explore, what to do or to wait for."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from vae_explorer.services.dataset import takes
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.guide import Guide


class Signposts(QObject):
    """Keeps the window's title, the end of its status bar, and the words over an empty plane true."""

    def __init__(self, session: Session, window: QMainWindow, plane: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._guide = Guide(plane)
        self._status = QLabel()
        self._status.setProperty("role", "muted")
        self._status.setContentsMargins(0, 0, theme.GRID, 0)
        self._selected = QLabel()
        self._selected.setObjectName("selected_count")
        self._selected.setContentsMargins(0, 0, theme.GRID, 0)
        self._selected.hide()
        for end in (self._selected, self._status):
            window.statusBar().addPermanentWidget(end)
        for said in (session.ready, session.training_started, session.training_ended, session.training_failed):
            said.connect(self._show_guide)
        session.store.changed.connect(self._on_state_changed)
        self._show_title(session.store.state)
        self._show_guide()

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model or new.images is not old.images:
            self._show_title(new)
            self._show_guide()
        if new.selection is not old.selection:
            self._show_selected(new)

    def _show_selected(self, state: AppState) -> None:
        """Tell how many images the lasso has caught, as long as they are selected."""
        self._selected.setVisible(state.selection is not None)
        if state.selection is not None and state.embedding is not None:
            count, total = count_text(len(state.selection)), count_text(len(state.embedding.mean))
            self._selected.setText(self.tr("{0} of {1} images selected").format(count, total))

    def _show_title(self, state: AppState) -> None:
        """Name the model, and the images where they are the ones that it shows."""
        model, images = state.model, state.images
        words = [model.title, model.device] if model is not None else []
        self._status.setText("   ".join(words))
        named = [images.title] if images is not None and (model is None or takes(images, model.config)) else []
        self._window.setWindowTitle(" — ".join([*named, *words[:1], "VAE Explorer"]))

    def _show_guide(self) -> None:
        state = self._session.store.state
        if state.model is not None:
            self._guide.say("")
        elif self._session.engine is None:
            self._guide.say(self.tr("Waiting for torch…"))
        elif self._session.training.running:
            self._guide.say(self.tr("Training starts…"))
        elif state.images is not None:
            count = count_text(len(state.images))
            self._guide.say(
                self.tr("{0} images are here.\nPress Train to see what a model makes of them.").format(count)
            )
        else:
            self._guide.say(self.tr("Open a folder of images, or drop one here."))
