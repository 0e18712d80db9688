"""Places that are kept: their images, two of them side by side, and the way back to them."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QListWidget, QListWidgetItem, QVBoxLayout

from vae_explorer.core.errors import UserError
from vae_explorer.services.pins import PinService, changes_to_pin, changes_to_unpin
from vae_explorer.services.planes import changes_to_pins
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState, Pin
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.picture import Picture
from vae_explorer.ui.widgets.pixels import Pixels, image_of

_ICON_PX: Final = 72
_NAME: Final = Qt.ItemDataRole.UserRole


@tools.register
class Pins(Tool):
    """Renders `pins` from the store; images are decoded anew when the weights change."""

    name = "pins"
    title = "Pins"
    summary = "Keep places of the latent space, and see two of them side by side with their difference."
    preferred_width = 320

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._images: dict[str, Pixels] = {}
        self._service = PinService(session.decoding, self)
        self._pin = push_button(
            self.tr("Pin this place"), self.tr("Keep the probe's place (Ctrl+D)"), "pin", primary=True
        )
        self._unpin = push_button(self.tr("Let go"), self.tr("Forget the chosen pins (Delete)"), "unpin")
        self._span = push_button(
            self.tr("Plane"),
            self.tr("Lay the plane through three chosen pins, their first at its origin"),
            "pins_plane",
        )
        self._list = self._make_list()
        self._says = label("", "muted")
        self._says.setObjectName("pins_say")
        self._says.setWordWrap(True)
        self._pictures = tuple(Picture() for _ in range(3))
        self._lay_out()
        self._connect()
        self._show_pins(session.store.state)

    def _make_list(self) -> QListWidget:
        pins = QListWidget()
        pins.setObjectName("pin_list")
        pins.setAccessibleName(self.tr("Pinned places"))
        pins.setViewMode(QListView.ViewMode.IconMode)
        pins.setResizeMode(QListView.ResizeMode.Adjust)
        pins.setMovement(QListView.Movement.Static)
        pins.setIconSize(QSize(_ICON_PX, _ICON_PX))
        pins.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        pins.setToolTip(self.tr("Double-click: go there. Choose two to see their difference, three for a plane."))
        return pins

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self._pin, stretch=1)
        buttons.addWidget(self._span)
        buttons.addWidget(self._unpin)
        pair = QHBoxLayout()
        pair.setSpacing(theme.GRID)
        for picture, name in zip(self._pictures, ("pin_first", "pin_second", "pin_difference"), strict=True):
            picture.setObjectName(name)
            pair.addWidget(picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(buttons)
        column.addWidget(self._list, stretch=3)
        column.addWidget(self._says)
        column.addLayout(pair, stretch=2)

    def _connect(self) -> None:
        session = self.session
        session.store.changed.connect(self._on_changed)
        session.decoding.weights_changed.connect(self._ask)
        self.seen_changed.connect(self._ask)
        self._service.decoded.connect(self._on_decoded)
        self._pin.clicked.connect(self._on_pin)
        self._unpin.clicked.connect(self._on_unpin)
        self._span.clicked.connect(self._on_plane)
        self._list.itemSelectionChanged.connect(self._show_pair)
        self._list.itemActivated.connect(self._on_activated)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self._list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._on_unpin)

    # What the session says

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.pins != old.pins:
            self._show_pins(new)
        if (new.model, new.probe) != (old.model, old.probe):
            self._pin.setEnabled(bool(new.probe))

    def _ask(self) -> None:
        if self.is_seen:
            self._service.ask(self.session.store.state.pins)

    def _on_decoded(self, name: str, pixels: Pixels) -> None:
        self._images[name] = pixels
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item.data(_NAME) == name:
                item.setIcon(_icon(pixels))
        self._show_pair()

    # What the person does

    def _on_pin(self) -> None:
        self.session.store.update(**changes_to_pin(self.session.store.state))

    def _on_unpin(self) -> None:
        names = [item.data(_NAME) for item in self._list.selectedItems()]
        self.session.store.update(**changes_to_unpin(self.session.store.state, names))

    def _on_plane(self) -> None:
        try:
            self.session.store.update(**changes_to_pins(self._chosen()))
        except UserError as error:
            self.failed.emit(str(error))

    def _on_activated(self, item: QListWidgetItem) -> None:
        pin = next(pin for pin in self.session.store.state.pins if pin.name == item.data(_NAME))
        self.session.store.update(probe=pin.code, condition=pin.condition, original=None)

    # What is seen

    def _show_pins(self, state: AppState) -> None:
        chosen = {item.data(_NAME) for item in self._list.selectedItems()}
        self._images = {pin.name: self._images[pin.name] for pin in state.pins if pin.name in self._images}
        self._list.clear()
        for pin in state.pins:
            item = QListWidgetItem(pin.name)
            item.setData(_NAME, pin.name)
            item.setToolTip(", ".join(f"{value:.2f}" for value in pin.code))
            if pin.name in self._images:
                item.setIcon(_icon(self._images[pin.name]))
            self._list.addItem(item)
            item.setSelected(pin.name in chosen)
        self._pin.setEnabled(bool(state.probe))
        self._show_pair()
        self._ask()

    def _chosen(self) -> list[Pin]:
        names = [item.data(_NAME) for item in self._list.selectedItems()]
        return [pin for pin in self.session.store.state.pins if pin.name in names]

    def _show_pair(self) -> None:
        """Show two chosen pins and their difference; otherwise say what to do."""
        chosen = self._chosen()
        self._unpin.setEnabled(bool(chosen))
        self._span.setEnabled(len(chosen) == 3)
        images = [self._images.get(pin.name) for pin in chosen]
        first, second, difference = self._pictures
        both = len(chosen) == 2 and all(image is not None for image in images)
        for picture in self._pictures:
            picture.setVisible(both)
        if not both or images[0] is None or images[1] is None:
            self._says.setText(self._advice(len(chosen)))
            return
        apart = np.abs(images[0].astype(np.int16) - images[1]).astype(np.uint8)
        for picture, pixels, caption in (
            (first, images[0], chosen[0].name), (second, images[1], chosen[1].name),
            (difference, apart, self.tr("difference")),
        ):  # fmt: skip
            picture.set_pixels(pixels)
            picture.set_caption(caption)
        distance = float(np.linalg.norm(np.subtract(chosen[0].code, chosen[1].code)))
        self._says.setText(
            self.tr("{0} and {1} are {2} apart in the latent space; their pixels differ by {3} % on average.").format(
                chosen[0].name, chosen[1].name, f"{distance:.2f}", f"{apart.mean() / 2.55:.1f}"
            )
        )

    def _advice(self, chosen: int) -> str:
        if not self.session.store.state.pins:
            return self.tr("Pin a place to come back to it.")
        return (
            self.tr("Choose two pins to see their difference, three to lay a plane through them.")
            if chosen != 2
            else ""
        )


def _icon(pixels: Pixels) -> QIcon:
    picture = QPixmap.fromImage(image_of(pixels))
    mode = Qt.TransformationMode.SmoothTransformation
    return QIcon(picture.scaled(_ICON_PX, _ICON_PX, Qt.AspectRatioMode.KeepAspectRatio, mode))
