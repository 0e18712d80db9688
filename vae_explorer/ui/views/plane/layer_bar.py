"""Switches for what the plane shows, and what colours the points."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QBoxLayout, QFrame, QToolButton, QWidget

from vae_explorer.services.state import AppState, Store
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.colour_choice import ColourChoice
from vae_explorer.ui.views.plane.stroke import Shape
from vae_explorer.ui.widgets.buttons import icon_button

_ROUND_PX: Final = theme.GRID // 2
"""Radius of the corners, in which there are no switches: so wide is the margin around these."""

_IN_A_ROW: Final = 3
"""Switches that stay beside each other on a narrow plane."""


class LayerBar(QFrame):
    """A small bar in the plane's corner."""

    table_wanted = Signal()
    """A table is to be opened, to colour the points by."""

    def __init__(self, store: Store, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("layer_bar")
        self.setStyleSheet(f"#layer_bar {{ background: {theme.SURFACE}; border-radius: {_ROUND_PX}px; }}")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._store = store
        self._parts, self._rows = _line(self), _line()
        self._parts.setContentsMargins(_ROUND_PX, _ROUND_PX, _ROUND_PX, _ROUND_PX)
        points, layers = _line(), (_line(), _line())
        self._parts.addLayout(points)
        self._parts.addLayout(self._rows)
        for row in layers:
            self._rows.addLayout(row)
        self._shapes = {shape: self._make_shape(shape, says) for shape, says in self._shape_words()}
        for button in self._shapes.values():
            points.addWidget(button)
        colour_choice = ColourChoice(store)
        colour_choice.table_wanted.connect(self.table_wanted)
        points.addWidget(colour_choice)
        self._switches: dict[str, QToolButton] = {}
        for place, (name, title, says) in enumerate(self._layers()):
            self._switches[name] = self._make_switch(name, title, says)
            layers[place // _IN_A_ROW].addWidget(self._switches[name])
        store.changed.connect(self._on_changed)
        self._render(store.state)

    def set_room(self, width: int) -> None:
        """Say how wide it may become: where that is too little, its parts stand in two rows, or in three."""
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        for parts, rows in ((beside, beside), (below, beside), (below, below)):
            self._parts.setDirection(parts)
            self._rows.setDirection(rows)
            self._parts.invalidate()  # which doesn't see by itself that its part has changed
            if self.sizeHint().width() <= width:
                break
        self.adjustSize()

    @property
    def covered(self) -> QRegion:
        """The part of its parent of which nothing is seen through it."""
        if self.isHidden():
            return QRegion()
        box, round_px = self.geometry(), _ROUND_PX
        level = QRegion(box.adjusted(round_px, 0, -round_px, 0))
        return level.united(QRegion(box.adjusted(0, round_px, 0, -round_px)))

    @property
    def shape(self) -> Shape | None:
        """What a drag draws around points; None: it moves the probe."""
        return next((shape for shape, button in self._shapes.items() if button.isChecked()), None)

    def _shape_words(self) -> tuple[tuple[Shape, str], ...]:
        more = self.tr("Ctrl adds, Alt takes away, Escape selects nothing")
        return (
            ("lasso", self.tr("Select with a lasso (also Shift and drag); {0}").format(more)),
            ("box", self.tr("Select with a box; {0}").format(more)),
        )

    def _make_shape(self, shape: Shape, says: str) -> QToolButton:
        button = icon_button(shape, says, f"select_{shape}", checkable=True)
        button.toggled.connect(lambda on: self._on_shape_toggled(shape, on))
        return button

    def _on_shape_toggled(self, shape: Shape, on: bool) -> None:  # Qt's signal hands it over so
        for other, button in self._shapes.items():
            if on and other != shape:
                button.setChecked(False)

    def _layers(self) -> tuple[tuple[str, str, str], ...]:
        return (
            ("mosaic", self.tr("Mosaic"), self.tr("Images that the model decodes, each where its code lies")),
            ("points", self.tr("Points"), self.tr("The images' codes (for a VAE the means of their posteriors)")),
            (
                "support",
                self.tr("Support"),
                self.tr("Dim the mosaic where no image's code is near: what is decoded there rests on nothing"),
            ),
            (
                "prior",
                self.tr("Prior"),
                self.tr("Circles at 1, 2 and 3 standard deviations of the prior N(0, I), from which a VAE generates"),
            ),
            (
                "density",
                self.tr("Density"),
                self.tr(
                    "Lines around the densest 50, 80 and 95 % of codes, with the average spread of the posteriors.\n"
                    "Did they match the prior, these were circles of 1.2, 1.8 and 2.4 σ: what bends inwards is a hole"
                ),
            ),
        )

    def _make_switch(self, name: str, title: str, says: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"layer_{name}")
        button.setText(title)
        button.setToolTip(says)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.toggled.connect(lambda on: self._switch(name, on))
        return button

    def _switch(self, name: str, on: bool) -> None:  # Qt's signal hands it over so
        self._store.update(layers=replace(self._store.state.layers, **{name: on}))

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if (new.layers, new.model) != (old.layers, old.model):
            self._render(new)

    def _render(self, state: AppState) -> None:
        for name, button in self._switches.items():
            if button.isChecked() != getattr(state.layers, name):
                button.blockSignals(True)  # Qt's signature
                button.setChecked(getattr(state.layers, name))
                button.blockSignals(False)
        self._show_whether_there_is_a_prior(has_prior=state.model is None or state.model.has_prior)
        self._switches["density"].setEnabled(len(state.probe) != 1)

    def _show_whether_there_is_a_prior(self, *, has_prior: bool) -> None:
        says = next(says for name, _, says in self._layers() if name == "prior")
        none = self.tr("A plain autoencoder has no prior: its codes were not trained towards N(0, I)")
        self._switches["prior"].setEnabled(has_prior)
        self._switches["prior"].setToolTip(says if has_prior else none)


def _line(parent: QWidget | None = None) -> QBoxLayout:
    line = QBoxLayout(QBoxLayout.Direction.LeftToRight, parent)
    line.setSpacing(theme.GRID // 2)
    return line
