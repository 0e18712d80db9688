"""The knobs: one for each latent dimension, and of a conditional model one for the class."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from vae_explorer.services.state import AppState, Code, Store
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.axes import with_axis
from vae_explorer.ui.widgets.buttons import icon_button
from vae_explorer.ui.widgets.class_knob import ClassKnob
from vae_explorer.ui.widgets.codes import code_text
from vae_explorer.ui.widgets.knob import Knob
from vae_explorer.ui.widgets.labels import label


class Knobs(QWidget):
    """Shows the probe's coordinates and moves it. A knob repaints only when its own value changed."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._knobs: list[Knob] = []
        self.setObjectName("knobs")
        self._reset = icon_button("reset", self.tr("Back to the origin"), "knobs_reset")
        self._copy = icon_button("copy", self.tr("Copy the code"), "knobs_copy")
        self.class_knob = ClassKnob(self)
        self._lay_out()
        self._reset.clicked.connect(self._on_reset)
        self._copy.clicked.connect(self._on_copy)
        self.class_knob.chosen.connect(self._on_class_chosen)
        store.changed.connect(self._on_changed)
        self._show_class(store.state)
        self._show_all(store.state)

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The knobs, by dimension."""
        return tuple(self._knobs)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID // 2)
        header.setSpacing(theme.GRID // 2)
        header.addWidget(label(self.tr("Latent code"), "title"), stretch=1)
        header.addWidget(self._reset)
        header.addWidget(self._copy)
        rows = QWidget()
        self._rows = QVBoxLayout(rows)
        self._rows.setContentsMargins(theme.GRID, 0, theme.GRID, theme.GRID)
        self._rows.setSpacing(theme.GRID // 2)
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(rows)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(self.class_knob)
        column.addWidget(scroll, stretch=1)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self._show_class(new)
        elif new.condition != old.condition:
            self.class_knob.show_class(new.condition)
        if dims_of(old) != dims_of(new) or len(self._knobs) != dims_of(new):
            self._show_all(new)
            return
        if new.probe != old.probe:
            self._show_probe(new)
        if new.embedding is not old.embedding:
            self._show_data(new)
        if new.plane_dims != old.plane_dims:
            self._show_axes(new)

    def _show_all(self, state: AppState) -> None:
        self._make_knobs(dims_of(state))
        self._show_probe(state)
        self._show_data(state)
        self._show_axes(state)

    def _show_class(self, state: AppState) -> None:
        self.class_knob.offer(state.model.classes if state.model is not None else ())
        self.class_knob.show_class(state.condition)

    def _make_knobs(self, dims: int) -> None:
        """Add or take away rows at the end: those that stay cost nothing."""
        while len(self._knobs) > dims:
            self._knobs.pop().deleteLater()
        for dim in range(len(self._knobs), dims):
            knob = Knob(dim)
            knob.moved.connect(self._on_moved)
            knob.slider.grabbed.connect(self._store.begin_gesture)
            knob.slider.released.connect(self._store.end_gesture)
            knob.axis_chosen.connect(self._on_axis_chosen)
            self._knobs.append(knob)
            self._rows.insertWidget(dim, knob)
        for knob in self._knobs:
            knob.show_axes(dims > 1)

    def _show_probe(self, state: AppState) -> None:
        for knob, value in zip(self._knobs, probe_of(state), strict=True):
            knob.set_value(value)
        self._reset.setEnabled(any(state.probe))
        self._copy.setEnabled(bool(self._knobs))

    def _show_data(self, state: AppState) -> None:
        embedding = state.embedding
        if embedding is None or len(embedding.span) != len(self._knobs):
            for knob in self._knobs:
                knob.slider.clear_data()
            return
        for knob, span, histogram in zip(self._knobs, embedding.span, embedding.histograms, strict=True):
            knob.set_data(span, histogram)

    def _show_axes(self, state: AppState) -> None:
        for knob in self._knobs:
            knob.set_axes(state.plane_dims)

    def _on_moved(self, dim: int, value: float) -> None:
        code = list(probe_of(self._store.state))
        code[dim] = value
        self._store.update(probe=tuple(code), original=None)

    def _on_class_chosen(self, number: int) -> None:
        self._store.update(condition=number, original=None)

    def _on_axis_chosen(self, dim: int, axis: int) -> None:
        # Other dimensions spread otherwise: the old view may show none of the data.
        self._store.update(plane_dims=with_axis(self._store.state.plane_dims, axis, dim), view=None)
        self._show_axes(self._store.state)

    def _on_reset(self) -> None:
        self._store.update(probe=(0.0,) * len(self._knobs), original=None)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(code_text(self._store.state.probe))


def dims_of(state: AppState) -> int:
    """Number of latent dimensions to show: the model's, or the probe's where there is no model."""
    return state.model.latent_dims if state.model is not None else len(state.probe)


def probe_of(state: AppState) -> Code:
    """Return the probe; the origin where it hasn't been set for this model yet."""
    dims = dims_of(state)
    return state.probe if len(state.probe) == dims else (0.0,) * dims
