"""What can be chosen for the boards: dimensions, how many images, over what range, how they are spaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.captions import dim_name
from vae_explorer.core.latent.grid import Span
from vae_explorer.ui import theme
from vae_explorer.ui.tools.grid.boards import Choice, Page
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.number_box import CoordinateBox, IntegerBox

STEPS: Final = {Page.PLANE: (10, 32), Page.PAIRS: (5, 9), Page.ROWS: (11, 25)}
"""Images in a row at first, and at most."""

DATA, TYPED = "data", "typed"
REACHES: Final = (1.0, 2.0, 3.0, 4.0)

_HEIGHT: Final = 28


class Controls(QWidget):
    """Rows of fields. Emits only for what the person does."""

    changed = Signal()
    """Something else was chosen for the boards."""
    axis_chosen = Signal(int, int)
    """The axis, 0 for x and 1 for y, and the dimension that it shall be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = Page.PLANE
        self._steps = {page: usual for page, (usual, _most) in STEPS.items()}
        self.axes = (ChoiceBox(), ChoiceBox())
        self.steps = IntegerBox(2, STEPS[self._page][1])
        self.range = ChoiceBox()
        self.ends = (CoordinateBox(), CoordinateBox())
        self.spacing = ChoiceBox()
        self._span: Span = (-2.0, 2.0)
        self._fill()
        self._lay_out()
        self._connect()
        self.set_page(self._page)

    def choice(self) -> Choice:
        """Return what is chosen for the page on show."""
        chosen = Choice(self._steps[self._page], None, self.spacing.value())
        reach = self.range.value()
        if reach == DATA:
            return chosen
        return replace(chosen, span=self._span if reach == TYPED else (-reach, reach))

    def set_page(self, page: Page) -> None:
        """Offer what can be chosen for a page."""
        self._page = page
        with QSignalBlocker(self.steps):
            self.steps.setMaximum(STEPS[page][1])
            self.steps.setValue(self._steps[page])
        self._plane.setVisible(page is Page.PLANE)

    def set_dims(self, dims: Sequence[int], plane_dims: tuple[int, int]) -> None:
        """Offer these dimensions, of which two are the plane's."""
        for box, chosen in zip(self.axes, plane_dims, strict=True):
            if [box.itemData(place) for place in range(box.count())] != list(dims):
                box.set_choices((dim, dim_name(dim), "") for dim in dims)
            box.set_value(chosen)
            box.setEnabled(len(dims) > 1)

    def _fill(self) -> None:
        self.range.set_choices([
            (DATA, self.tr("the data's"), self.tr("From the 0.5 % to the 99.5 % quantile of each dimension's codes")),
            *((reach, f"±{reach:.0f}", self.tr("The same for all dimensions")) for reach in REACHES),
            (TYPED, self.tr("typed"), self.tr("The same for all dimensions, as you write it")),
        ])  # fmt: skip
        self.spacing.set_choices([
            ("linear", self.tr("equal steps"), self.tr("The same distance between all neighbours")),
            (
                "quantile", self.tr("equal shares"),
                self.tr("The same share of the images' codes between all neighbours: denser where more of them lie"),
            ),
        ])  # fmt: skip
        for box, value in zip(self.ends, self._span, strict=True):
            box.show_value(value)
        for widget, name, says in (
            (self.axes[0], "grid_x", self.tr("The dimension that grows to the right")),
            (self.axes[1], "grid_y", self.tr("The dimension that grows upwards")),
            (self.steps, "grid_steps", self.tr("Images in a row")),
            (self.range, "grid_range", self.tr("From where to where each dimension is sampled, ends included")),
            (self.ends[0], "grid_from", self.tr("The lower end")),
            (self.ends[1], "grid_to", self.tr("The upper end")),
            (self.spacing, "grid_spacing", self.tr("How the images are spaced between the ends")),
        ):
            widget.setObjectName(name)
            widget.setToolTip(says)
            widget.setAccessibleName(says)
            widget.setFixedHeight(_HEIGHT)

    def _lay_out(self) -> None:
        self._plane, self._typed = QWidget(), QWidget()
        self._typed.hide()
        _row(self._plane, *self._named(self.tr("x"), self.axes[0]), *self._named(self.tr("y"), self.axes[1]))
        _row(self._typed, *self._named(self.tr("From"), self.ends[0]), *self._named(self.tr("to"), self.ends[1]))
        first, second = QWidget(), QWidget()
        self.steps.setFixedWidth(8 * theme.GRID)
        policy = self._plane.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the other field would take its room
        self._plane.setSizePolicy(policy)
        _row(first, *self._named(self.tr("Images"), self.steps), self._plane)
        _row(second, *self._named(self.tr("Range"), self.range), self.spacing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(first)
        column.addWidget(second)
        column.addWidget(self._typed)

    def _named(self, name: str, box: QWidget) -> tuple[QWidget, ...]:
        return label(name, "muted", buddy=box), box

    def _connect(self) -> None:
        for axis, box in enumerate(self.axes):
            box.activated.connect(lambda _index, axis=axis, box=box: self.axis_chosen.emit(axis, box.value()))
        self.steps.valueChanged.connect(self._on_steps)
        self.range.activated.connect(self._on_range)
        self.spacing.activated.connect(lambda _index: self.changed.emit())
        for end in self.ends:
            end.valueChanged.connect(lambda _value: self._on_typed())

    def _on_steps(self, steps: int) -> None:
        self._steps[self._page] = steps
        self.changed.emit()

    def _on_range(self) -> None:
        self._typed.setVisible(self.range.value() == TYPED)
        self.changed.emit()

    def _on_typed(self) -> None:
        """Take what was typed; of an end beyond the other one, the other one gives way."""
        low, high = (end.value() for end in self.ends)
        if low >= high:
            if low != self._span[0]:
                high = low + 1
            else:
                low = high - 1
        self._span = low, high
        for end, value in zip(self.ends, self._span, strict=True):
            end.show_value(value)
        self.changed.emit()


def _row(widget: QWidget, *parts: QWidget) -> None:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GRID)
    for part in parts:
        row.addWidget(part)
