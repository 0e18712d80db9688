"""Two stores that show the same: what changes in one changes in the other."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from vae_explorer.services.state import AppState, Store

LOOKS = ("layers", "colour_by", "table", "hidden", "smooth", "tile_px")
"""How a state shows its model: the same for both, whatever their models are."""

PLACE = ("probe", "plane_dims", "directions", "view", "locked")
"""Where in the latent space it is, and can go: the same for both where their models have as many dimensions."""

CLASS = ("condition",)
"""As what it decodes: the same for both where their models know the same classes."""

IMAGES = ("selection",)
"""Which images are meant: the same for both where they show the codes of the same ones."""

REST_MS = 16
"""The second follows the first no oftener than frames are shown: a mouse may move many times as often, and what the
second costs for each move would hold the first up."""


class Link(QObject):
    """Follows both stores. Belongs to the main thread. The first follows the second at once."""

    def __init__(self, first: Store, second: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first = first
        self._second = second
        self._due: set[str] = set()
        """What the second is still to take over."""
        self._following = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._catch_up)
        first.changed.connect(self._on_first_changed)
        second.changed.connect(self._on_second_changed)

    @property
    def is_same_space(self) -> bool:
        """Whether both models have as many latent dimensions, so that both are at the same place."""
        return len(self._first.state.probe) == len(self._second.state.probe)

    @property
    def shows_same_images(self) -> bool:
        """Whether both show the codes of the same images."""
        first, second = self._first.state.embedding, self._second.state.embedding
        return first is not None and second is not None and first.images is second.images

    def close(self) -> None:
        """Let the second be."""
        self._first.changed.disconnect(self._on_first_changed)
        self._rest.stop()

    def _on_first_changed(self, old: AppState, new: AppState) -> None:
        if self._following:
            return
        self._due |= _changed(old, new)
        if not self._rest.isActive():
            self._catch_up()

    def _catch_up(self) -> None:
        due, self._due = self._due, set()
        if due:
            self._rest.start()
            self._follow(self._second, self._first, due)

    def _on_second_changed(self, old: AppState, new: AppState) -> None:
        if not self._following:
            self._follow(self._first, self._second, _changed(old, new))

    def _follow(self, follower: Store, leader: Store, names: set[str]) -> None:
        """Take over what the leader has now: what it had when it told of the change may be overtaken."""
        shared = self._shared()
        if follower is self._second and leader.state.selection is None:
            shared |= set(IMAGES)  # none is none, whatever the images are
        changes = {name: getattr(leader.state, name) for name in names & shared}
        if changes.get("probe", follower.state.probe) != follower.state.probe:
            # It leaves the code that the follower's model has for an image.
            changes["original"] = None
        self._following = True
        try:
            follower.update(**changes)
        finally:
            self._following = False

    def _shared(self) -> set[str]:
        """Name what is the same for both, by the models and images of now."""
        first, second = self._first.state.model, self._second.state.model
        same_classes = first is not None and second is not None and first.classes == second.classes
        shared = (LOOKS, PLACE if self.is_same_space else (), CLASS if same_classes else ())
        return {name for names in (*shared, IMAGES if self.shows_same_images else ()) for name in names}


def _changed(old: AppState, new: AppState) -> set[str]:
    """Name what may differ: another model starts from a place of its own."""
    names = {*LOOKS, *PLACE, *CLASS, *IMAGES}
    return names if new.model is not old.model else {name for name in names if getattr(new, name) != getattr(old, name)}
