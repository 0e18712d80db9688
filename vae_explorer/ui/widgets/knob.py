"""A latent dimension as a row: name, slider, number, and whether it is the plane's x or y."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import compact_button
from vae_explorer.ui.widgets.knob_slider import KnobSlider
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.number_box import CoordinateBox


class Knob(QWidget):
    """One dimension. Emits only for what the person does."""

    moved = Signal(int, float)
    """Its dimension and the new value."""
    axis_chosen = Signal(int, int)
    """Its dimension and the axis of the plane that it shall be: 0 for x, 1 for y."""

    def __init__(self, dim: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dim = dim
        name = f"z{dim + 1}"
        self.slider = KnobSlider()
        self.box = CoordinateBox()
        self.axes = (self._axis_button(0, "x"), self._axis_button(1, "y"))
        self.slider.setObjectName(f"{name}_slider")
        self.box.setObjectName(f"{name}_box")
        self.slider.setAccessibleName(self.tr("{0} slider").format(name))
        self.box.setAccessibleName(self.tr("{0} value").format(name))
        self.slider.setToolTip(self.tr("Drag to move along {0}. Double-click: back to 0.").format(name))
        self._lay_out(name)
        self.slider.moved.connect(self._on_moved)
        self.box.valueChanged.connect(self._on_moved)

    @property
    def value(self) -> float:
        """The dimension's coordinate."""
        return self.slider.value

    def set_value(self, value: float) -> None:
        """Show `value`; costs nothing when it is there already."""
        if value != self.slider.value:
            self.slider.set_value(value)
            self.box.show_value(value)

    def set_data(self, span: NDArray[np.float32], histogram: NDArray[np.float32]) -> None:
        """Take the slider's range and histogram from the data: (2,) and (bins,)."""
        self.slider.set_data(span, histogram)

    def set_axes(self, plane_dims: tuple[int, int]) -> None:
        """Show which axis of the plane this dimension is, if any."""
        for axis, button in enumerate(self.axes):
            button.setChecked(plane_dims[axis] == self.dim)

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

    def _lay_out(self, name: str) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        caption = label(name, "muted", buddy=self.box)
        caption.setFixedWidth(3 * theme.GRID)
        self.box.setFixedWidth(8 * theme.GRID)
        row.addWidget(caption)
        row.addWidget(self.slider, stretch=1)
        row.addWidget(self.box)
        for button in self.axes:
            row.addWidget(button)

    def _on_moved(self, value: float) -> None:
        self.slider.set_value(value)
        self.box.show_value(value)
        self.moved.emit(self.dim, value)

    def _on_axis_clicked(self, axis: int) -> None:
        self.axes[axis].setChecked(True)
        self.axis_chosen.emit(self.dim, axis)
