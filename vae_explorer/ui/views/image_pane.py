"""The decoded image, its code, and the real images nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.services.nearby import Nearby
from vae_explorer.services.state import AppState, Code, Store
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import action_button
from vae_explorer.ui.widgets.code_view import CodeView
from vae_explorer.ui.widgets.codes import code_text
from vae_explorer.ui.widgets.icons import icon
from vae_explorer.ui.widgets.labels import ElidedLabel, label, set_role
from vae_explorer.ui.widgets.picture import Picture
from vae_explorer.ui.widgets.pixels import Pixels
from vae_explorer.ui.widgets.save_dialog import SaveImageDialog, save_image
from vae_explorer.ui.widgets.thumbnails import Thumbnail, ThumbnailStrip

SUPPORTED: Final = 0.999
"""Support above which the probe counts as being among the data."""
NEAREST: Final = 6
"""Real images shown beside the decoded one."""
_TIME_EVERY_MS: Final = 200
"""The decoding time changes no faster than it can be read."""

Support = Literal["good", "low"]
"""Whether there is data where the probe stands."""


class ImagePane(QWidget):
    """Renders `smooth`, `original` and `images` from the store; decoded pixels and neighbours are handed in."""

    image_hovered = Signal(object)
    """The index of the real image under the mouse, or None."""
    image_chosen = Signal(int)
    """The index of the real image whose code is wanted."""
    noted = Signal(str)
    """What was done, in a few words."""
    failed = Signal(str)
    """One sentence: saving didn't work."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._code: Code = ()
        self._since_time = QElapsedTimer()
        self.setObjectName("image_pane")
        self.decoded = Picture(self.tr("The decoded image appears here."))
        self.original = Picture()
        self._time = ElidedLabel(role="muted")
        self._code_view = CodeView()
        self.nearest = ThumbnailStrip(NEAREST)
        self._support = label("", "muted")
        self._make_actions()
        self._name_parts()
        self._lay_out()
        self._connect()
        self._show_smooth(store.state)
        self._show_images(store.state)

    def show_decoded(self, pixels: Pixels, code: Code, milliseconds: float) -> None:
        """Show what `code` (D,) decodes to: (H, W, C) uint8, which nobody may write to afterwards."""
        self.decoded.set_pixels(pixels)
        if code != self._code:
            self._code = code
            self._code_view.show_code(code)
        if not self._since_time.isValid() or self._since_time.hasExpired(_TIME_EVERY_MS):
            self._since_time.start()
            self._time.setText(self.tr("{0} ms").format(f"{milliseconds:.1f}"))
        for action in (self.copy_image_action, self.save_image_action, self.copy_code_action):
            action.setEnabled(True)

    def show_nearby(self, nearby: Nearby) -> None:
        """Show the real images nearest to the probe, and say how much data there is."""
        self.show_nearest([int(index) for index in nearby.indices], [float(one) for one in nearby.distances])
        if nearby.support >= SUPPORTED:
            self.show_support(self.tr("Images lie near: the data supports this place."), "good")
        elif nearby.support > 0:
            self.show_support(self.tr("At the edge of the data: few images lie near."), "low")
        else:
            self.show_support(self.tr("No image lies near: the decoder invents here."), "low")

    def show_nearest(self, indices: Sequence[int], distances: Sequence[float]) -> None:
        """Show the real images nearest to the probe, by index, with their distances in latent units."""
        images = shown_images(self._store.state)
        if images is not None:
            pairs = zip(indices, distances, strict=True)
            self.nearest.show_thumbnails([self._thumbnail(images, index, distance) for index, distance in pairs])

    def show_support(self, text: str, level: Support) -> None:
        """Say in a sentence how much data there is where the probe stands."""
        if text != self._support.text():
            self._support.setText(text)
        set_role(self._support, "muted" if level == "good" else "warning")

    def _thumbnail(self, images: ImageSet, index: int, distance: float) -> Thumbnail:
        says = self.tr("{0}\n{1} away").format(describe(images, index), f"{distance:.2f}")
        return Thumbnail(index, images.images[index], says)

    def _make_actions(self) -> None:
        self.smooth_action = self._action("smooth", self.tr("Smooth pixels"), "image_smooth")
        self.smooth_action.setCheckable(True)
        self.copy_image_action = self._action("copy", self.tr("Copy image"), "image_copy")
        self.save_image_action = self._action("save", self.tr("Save image…"), "image_save")
        self.copy_code_action = self._action("copy", self.tr("Copy latent code"), "image_copy_code")
        for action in (self.copy_image_action, self.save_image_action, self.copy_code_action):
            action.setEnabled(False)
        self.decoded.addActions([
            self.copy_image_action, self.save_image_action, self.copy_code_action, self.smooth_action,
        ])  # fmt: skip
        self.decoded.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _action(self, icon_name: str, text: str, name: str) -> QAction:
        action = QAction(icon(icon_name), text, self)
        action.setObjectName(name)
        return action

    def _name_parts(self) -> None:
        self.decoded.setObjectName("decoded_picture")
        self.decoded.setAccessibleName(self.tr("Decoded image"))
        self.original.setObjectName("original_picture")
        self._code_view.setObjectName("code_view")
        self.nearest.setObjectName("nearest")
        self.nearest.setAccessibleName(self.tr("Nearest real images"))
        self._support.setObjectName("support")
        self._support.setWordWrap(True)
        self._support.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._support.setMinimumHeight(2 * self._support.fontMetrics().height())

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(theme.GRID)
        pictures.addWidget(self.original)
        pictures.addWidget(self.decoded)
        self._neighbours = QWidget()
        below = QVBoxLayout(self._neighbours)
        below.setContentsMargins(0, theme.GRID // 2, 0, 0)
        below.setSpacing(theme.GRID // 2)
        below.addWidget(label(self.tr("Nearest real images"), "heading"))
        below.addWidget(self.nearest)
        below.addWidget(self._support)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(self._header())
        column.addLayout(pictures, stretch=1)
        column.addWidget(self._code_view)
        column.addWidget(self._neighbours)

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(theme.GRID // 2)
        header.addWidget(label(self.tr("Decoded"), "title"))
        header.addSpacing(theme.GRID // 2)
        header.addWidget(self._time, stretch=1)
        for action in (self.smooth_action, self.copy_image_action, self.save_image_action):
            header.addWidget(action_button(action))
        return header

    def _connect(self) -> None:
        self._store.changed.connect(self._on_changed)
        self.smooth_action.toggled.connect(lambda checked: self._store.update(smooth=checked))
        self.copy_image_action.triggered.connect(self._on_copy_image)
        self.save_image_action.triggered.connect(self._on_save_image)
        self.copy_code_action.triggered.connect(self._on_copy_code)
        self.nearest.hovered.connect(self.image_hovered)
        self.nearest.chosen.connect(self.image_chosen)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.smooth != old.smooth:
            self._show_smooth(new)
        if shown_images(new) is not shown_images(old):
            self.nearest.show_thumbnails(())
            self._support.clear()
        if shown_images(new) is not shown_images(old) or new.original != old.original:
            self._show_images(new)

    def _show_smooth(self, state: AppState) -> None:
        self.smooth_action.setChecked(state.smooth)
        self.decoded.set_smooth(state.smooth)
        self.original.set_smooth(state.smooth)

    def _show_images(self, state: AppState) -> None:
        images = shown_images(state)
        self._neighbours.setVisible(images is not None)
        paired = images is not None and state.original is not None
        self.original.setVisible(paired)
        self.decoded.set_caption(*((self.tr("reconstruction"), "") if paired else ()))
        if images is not None and state.original is not None:
            self.original.set_pixels(images.images[state.original])
            self.original.set_caption(self.tr("original"), describe(images, state.original))

    def _on_copy_image(self) -> None:
        if (image := self.decoded.image()) is not None:
            QGuiApplication.clipboard().setImage(image)
            self.noted.emit(self.tr("The image is on the clipboard."))

    def _on_copy_code(self) -> None:
        QGuiApplication.clipboard().setText(code_text(self._code))
        self.noted.emit(self.tr("The latent code is on the clipboard."))

    def _on_save_image(self) -> None:
        image = self.decoded.image()
        path = None if image is None else SaveImageDialog.ask(self, "decoded.png")
        if image is None or path is None:
            return
        try:
            save_image(image, path)
        except OSError as error:
            self.failed.emit(self.tr("The image could not be saved as {0}: {1}.").format(path, error))
        else:
            self.noted.emit(self.tr("Saved as {0}").format(path))


def shown_images(state: AppState) -> ImageSet | None:
    """Return the images whose codes the plane shows: others may have been opened that the model doesn't take."""
    return state.embedding.images if state.embedding else None


def describe(images: ImageSet, index: int) -> str:
    """Say in a few words which image it is: “7 · digit 17”, or its name alone where there are no labels."""
    name = printable(images.paths[index])
    if images.labels is None:
        return name
    return f"{images.label_names[images.labels[index]]} · {name}"
