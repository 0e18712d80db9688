"""A latent dimension as a row: name, slider, number, the plane's axes, a lock; and unfolded, images along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import compact_button, icon_button
from vae_explorer.ui.widgets.film_strip import FilmStrip
from vae_explorer.ui.widgets.knob_slider import KnobSlider
from vae_explorer.ui.widgets.number_box import CoordinateBox


class Knob(QWidget):
    """One dimension. Emits only for what the person does."""

    moved = Signal(int, float)
    """Its dimension and the new value."""
    axis_chosen = Signal(int, int)
    """Its dimension and the axis of the plane that it shall be: 0 for x, 1 for y."""
    lock_toggled = Signal(int, bool)
    """Its dimension, and whether it shall stay where it is."""
    unfolded = Signal(bool)
    """Whether the images along it are in sight."""

    def __init__(self, dim: int, frames: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dim = dim
        self.film = FilmStrip(frames)
        self.fold = self._fold_button()
        self.lock = icon_button(
            "lock", self.tr("Lock z{0}: it stays when the probe is moved or drawn at random").format(dim + 1),
            f"z{dim + 1}_lock", checkable=True,
        )  # fmt: skip
        name = f"z{dim + 1}"
        self.slider = KnobSlider()
        self.box = CoordinateBox()
        self.axes = (self._axis_button(0, "x"), self._axis_button(1, "y"))
        self.slider.setObjectName(f"{name}_slider")
        self.box.setObjectName(f"{name}_box")
        self.slider.setAccessibleName(self.tr("{0} slider").format(name))
        self.box.setAccessibleName(self.tr("{0} value").format(name))
        self.film.setObjectName(f"{name}_film")
        self.film.setAccessibleName(self.tr("Images along {0}").format(name))
        self._lay_out()
        self.set_amount("", self.tr("How much it tells isn't known yet."), collapsed=False)
        self.slider.moved.connect(self._on_moved)
        self.box.valueChanged.connect(self._on_moved)
        self.film.chosen.connect(self._on_moved)
        self.fold.toggled.connect(self._on_folded)
        self.lock.clicked.connect(lambda checked: self.lock_toggled.emit(self.dim, checked))

    @property
    def value(self) -> float:
        """The dimension's coordinate."""
        return self.slider.value

    def set_value(self, value: float) -> None:
        """Show `value`; costs nothing when it is there already."""
        if value != self.slider.value:
            self._show_value(value)

    def set_data(self, span: NDArray[np.float32], histogram: NDArray[np.float32]) -> None:
        """Take the slider's range and histogram from the data: (2,) and (bins,)."""
        self.slider.set_data(span, histogram)

    def set_axes(self, plane_dims: tuple[int, int] | None) -> None:
        """Show which axis of the plane this dimension is, if any; a plane that lies askew (None) has no such axes."""
        for axis, button in enumerate(self.axes):
            button.setChecked(plane_dims is not None and plane_dims[axis] == self.dim)

    def set_amount(self, badge: str, says: str, *, collapsed: bool) -> None:
        """Show what the dimension carries: a few letters, a sentence, and whether it is nothing."""
        self.slider.set_badge(badge, collapsed=collapsed)
        drag = self.tr("Drag to move along z{0}. Double-click: back to 0.").format(self.dim + 1)
        self.slider.setToolTip(f"{drag}\n{says}")

    def set_locked(self, locked: bool) -> None:
        """Show whether it stays where it is; then it can't be turned."""
        self.lock.setChecked(locked)
        for part in (self.slider, self.box, self.film):
            part.setEnabled(not locked)

    def show_axes(self, shown: bool) -> None:
        """Show or hide the choice of the plane's axes: with one dimension there is none."""
        for button in self.axes:
            button.setVisible(shown)

    def _axis_button(self, axis: int, letter: str) -> QToolButton:
        says = self.tr("Lay z{0} along the plane's {1} axis").format(self.dim + 1, letter)
        button = compact_button(says, f"z{self.dim + 1}_{letter}")
        button.setText(letter)
        button.setCheckable(True)
        button.setFixedSize(20, 20)
        button.clicked.connect(lambda: self._on_axis_clicked(axis))
        return button

    def _fold_button(self) -> QToolButton:
        """The name, with an arrow that unfolds the images."""
        fold = QToolButton()
        fold.setText(f"z{self.dim + 1}")
        fold.setArrowType(Qt.ArrowType.RightArrow)
        fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        fold.setCheckable(True)
        fold.setProperty("fold", True)
        fold.setFixedWidth((3 + len(fold.text())) * theme.GRID + 2)
        fold.setObjectName(f"z{self.dim + 1}_fold")
        fold.setToolTip(self.tr("Show the images along z{0}").format(self.dim + 1))
        return fold

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        self.box.setFixedWidth(7 * theme.GRID)
        row.addWidget(self.fold)
        row.addWidget(self.slider, stretch=1)
        row.addWidget(self.box)
        for button in (*self.axes, self.lock):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(row)
        column.addWidget(self.film)
        self.film.hide()

    def _on_moved(self, value: float) -> None:
        self._show_value(value)
        self.moved.emit(self.dim, value)

    def _show_value(self, value: float) -> None:
        self.slider.set_value(value)
        self.box.show_value(value)
        self.film.show_value(value)

    def _on_folded(self, open_: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self.film.setVisible(open_)
        self.unfolded.emit(open_)

    def _on_axis_clicked(self, axis: int) -> None:
        self.axes[axis].setChecked(True)
        self.axis_chosen.emit(self.dim, axis)
