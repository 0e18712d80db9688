"""A knob for each dimension that is offered, one below the other: made, put in order, and kept to what is shown."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.core.latent.ranking import Ranking
from vae_explorer.services.state import Code, Embedding
from vae_explorer.ui import theme
from vae_explorer.ui.views.knobs.films import FRAMES
from vae_explorer.ui.widgets.knob import Knob


class KnobRows(QWidget):
    """The knobs in their rows. Signals only what the person does."""

    moved = Signal(int, float)
    """A dimension and its new value."""
    grabbed = Signal()
    """A drag begins."""
    released = Signal()
    axis_chosen = Signal(int, int)
    """A dimension and the axis of the plane that it shall be: 0 for x, 1 for y."""
    lock_toggled = Signal(int, bool)
    unfolded = Signal(bool)
    """Whether the images along a knob are in sight now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._knobs: list[Knob] = []
        self._dims: tuple[int, ...] = ()
        """The dimension of each knob."""
        self._order: tuple[int, ...] | None = None
        """The dimensions as they stand below each other; None: new rows have come since."""
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(theme.GRID, 0, theme.GRID, theme.GRID)
        self._rows.setSpacing(theme.GRID // 2)
        self._rows.addStretch(1)

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The knobs, by dimension."""
        return tuple(self._knobs)

    @property
    def dims(self) -> tuple[int, ...]:
        """The dimension of each knob."""
        return self._dims

    @property
    def unfolded_dims(self) -> list[int]:
        """Those whose images are in sight."""
        return [knob.dim for knob in self._knobs if knob.fold.isChecked()]

    def knob(self, dim: int) -> Knob:
        """The knob of a dimension that has one."""
        return self._knobs[self._dims.index(dim)]

    def offer(self, dims: tuple[int, ...]) -> None:
        """Add or take away rows at the end: those that stay cost nothing."""
        kept = next(
            (place for place, pair in enumerate(zip(self._dims, dims, strict=False)) if pair[0] != pair[1]), None
        )
        while len(self._knobs) > (len(dims) if kept is None else kept):
            self._knobs.pop().deleteLater()
        self._dims, self._order = dims, None
        for place in range(len(self._knobs), len(dims)):
            knob = self._make(dims[place])
            self._knobs.append(knob)
            self._rows.insertWidget(place, knob)
        for knob in self._knobs:
            knob.show_axes(len(dims) > 1)

    def arrange(self, order: tuple[int, ...]) -> None:
        """Put the rows in this order. Only where it is another is anything moved."""
        if order != self._order:
            self._order = order
            for row, dim in enumerate(order):
                self._rows.removeWidget(self.knob(dim))
                self._rows.insertWidget(row, self.knob(dim))

    def show_probe(self, probe: Code) -> None:
        """Turn each knob to the probe's coordinate."""
        for knob in self._knobs:
            knob.set_value(probe[knob.dim])

    def show_locks(self, locked: Collection[int]) -> None:
        """Show which dimensions stay where they are."""
        for knob in self._knobs:
            knob.set_locked(knob.dim in locked)

    def show_axes(self, plane_dims: tuple[int, int] | None) -> None:
        """Show which dimensions the plane lies along; None: along none."""
        for knob in self._knobs:
            knob.set_axes(plane_dims)

    def show_data(self, embedding: Embedding | None) -> None:
        """Show the codes' histograms, and what each dimension tells; None: there are no codes."""
        for knob in self._knobs:
            if embedding is None:
                knob.slider.clear_data()
                knob.set_amount("", self.tr("How much it tells isn't known yet."), collapsed=False)
            else:
                knob.set_data(embedding.span[knob.dim], embedding.histograms[knob.dim])
                self._show_amount(knob, embedding.ranking)

    def clear_films(self) -> None:
        """Take the images along the knobs away: another model decodes now."""
        for knob in self._knobs:
            knob.film.clear()

    def _make(self, dim: int) -> Knob:
        knob = Knob(dim, FRAMES)
        knob.moved.connect(self.moved)
        knob.slider.grabbed.connect(self.grabbed)
        knob.slider.released.connect(self.released)
        knob.axis_chosen.connect(self.axis_chosen)
        knob.lock_toggled.connect(self.lock_toggled)
        knob.unfolded.connect(self.unfolded)
        return knob

    def _show_amount(self, knob: Knob, ranking: Ranking) -> None:
        """Say what a dimension tells of an image: its KL, or the variance of its codes where there is none."""
        collapsed = ranking.is_collapsed(knob.dim)
        amount = f"{float(ranking.amounts[knob.dim]):.2f}"
        if ranking.measure == "variance":
            says = self.tr("The codes' variance along it is {0}.").format(amount)
        elif collapsed:
            says = self.tr("Collapsed: its KL is {0} nats, so it says nothing of an image.").format(amount)
        else:
            says = self.tr("Active: its KL is {0} nats.").format(amount)
        knob.set_amount(amount, says, collapsed=collapsed)
