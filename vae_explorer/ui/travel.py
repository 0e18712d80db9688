"""What leads through the latent space from the menus: undo and redo, pins, and other planes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.pins import changes_to_pin
from vae_explorer.services.planes import changes_to_dims, changes_to_principal, changes_to_projection
from vae_explorer.services.projecting import ProjectionService
from vae_explorer.services.session import Session
from vae_explorer.ui.actions import Actions
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.step_words import words_for


class Travel(QObject):
    """Connects the menus with the session."""

    noted = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        actions.undo_wanted.connect(session.undo.undo)
        actions.redo_wanted.connect(session.undo.redo)
        actions.pin_wanted.connect(self._on_pin)
        actions.dims_wanted.connect(self._on_dims)
        actions.principal_wanted.connect(self._on_principal)
        actions.umap_wanted.connect(self._on_umap)
        self._projecting = ProjectionService(self)
        self._projecting.projected.connect(self._on_projected)
        self._projecting.failed.connect(self.failed)
        session.undo.changed.connect(self._show_undo)
        actions.tile_px_chosen.connect(lambda tile_px: session.store.update(tile_px=tile_px))
        session.store.changed.connect(lambda _old, new: actions.show_tile_px(new.tile_px))
        actions.show_tile_px(session.store.state.tile_px)

    def _on_pin(self) -> None:
        store = self._session.store
        store.update(**changes_to_pin(store.state))
        here = (store.state.probe, store.state.condition)
        for pin in store.state.pins:
            if (pin.code, pin.condition) == here:
                self.noted.emit(self.tr("Pinned as {0}: Tools, Pins has it.").format(pin.name))

    def _on_dims(self) -> None:
        store = self._session.store
        store.update(**changes_to_dims(*store.state.plane_dims))

    def _on_principal(self) -> None:
        store = self._session.store
        try:
            store.update(**changes_to_principal(store.state))
        except UserError as error:
            self.failed.emit(str(error))

    def shut_down(self) -> None:
        """End a layout that is under way."""
        self._projecting.close()

    def _on_umap(self) -> None:
        embedding = self._session.store.state.embedding
        if embedding is not None:
            self._projecting.project(embedding.mean)
            self.noted.emit(
                self.tr("UMAP lays out {0} codes; this takes a while.").format(count_text(len(embedding.mean)))
            )

    def _on_projected(self, projection: Projection) -> None:
        store = self._session.store
        changes = changes_to_projection(store.state, projection)
        if changes:
            store.update(**changes)
            self.noted.emit(self.tr("Laid out by UMAP: a click goes to the code of the nearest image."))
        else:
            self.noted.emit(self.tr("The codes have changed since UMAP began, so its layout is dropped."))

    def _show_undo(self) -> None:
        undo = self._session.undo
        last = undo.steps[undo.done - 1 : undo.done]
        following = undo.steps[undo.done : undo.done + 1]
        self._actions.show_undo(*(words_for(steps[0]) if steps else None for steps in (last, following)))
