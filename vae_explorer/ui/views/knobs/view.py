"""The knobs: one for each latent dimension, and of a conditional model one for the class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.latent.offered import offered_dims
from vae_explorer.services.planes import changes_to_dims
from vae_explorer.services.state import AppState, Code, Embedding, Store, with_locks
from vae_explorer.ui import theme
from vae_explorer.ui.views.knobs.films import FilmRequest, frames_of, others_changed
from vae_explorer.ui.views.knobs.rows import KnobRows
from vae_explorer.ui.widgets.axes import with_axis
from vae_explorer.ui.widgets.buttons import icon_button
from vae_explorer.ui.widgets.class_knob import ClassKnob
from vae_explorer.ui.widgets.codes import code_text
from vae_explorer.ui.widgets.knob import Knob
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.pixels import Pixels
from vae_explorer.ui.widgets.scrolled import scrolled


class Knobs(QWidget):
    """Shows the probe's coordinates and moves it. A knob repaints only when its own value changed.

    Unfolded knobs ask for the images along them, as all other coordinates stand.
    """

    films_wanted = Signal(object, object)
    """A FilmRequest and its codes (n, D). Answer with `show_films`."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._rows = KnobRows()
        self._random = np.random.default_rng()
        self.setObjectName("knobs")
        self.setMinimumWidth(34 * theme.GRID)  # else the locks at the end of the rows could not be reached
        self._sort = icon_button(
            "sort", self.tr("Those that tell most of an image first"), "knobs_sort", checkable=True
        )
        self._randomise = icon_button("dice", self.tr("Draw the unlocked at random"), "knobs_randomise")
        self._reset = icon_button("reset", self.tr("Back to the origin"), "knobs_reset")
        self._copy = icon_button("copy", self.tr("Copy the code"), "knobs_copy")
        self.class_knob = ClassKnob(self)
        self._how_many = label("", "muted")
        self._how_many.setObjectName("knobs_how_many")
        self._how_many.setWordWrap(True)
        self._how_many.setContentsMargins(theme.GRID, 0, theme.GRID, theme.GRID // 2)
        self._how_many.hide()
        self._lay_out()
        self._sort.toggled.connect(self._on_sorted)
        self._randomise.clicked.connect(self._on_randomise)
        self._reset.clicked.connect(self._on_reset)
        self._copy.clicked.connect(self._on_copy)
        self.class_knob.chosen.connect(self._on_class_chosen)
        self._rows.moved.connect(self._on_moved)
        self._rows.grabbed.connect(store.begin_gesture)
        self._rows.released.connect(store.end_gesture)
        self._rows.axis_chosen.connect(self._on_axis_chosen)
        self._rows.lock_toggled.connect(self._on_lock_toggled)
        self._rows.unfolded.connect(self._on_unfolded)
        store.changed.connect(self._on_changed)
        self._show_class(store.state)
        self._show_all(store.state)

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """The knobs, by dimension."""
        return self._rows.knobs

    def show_films(self, request: FilmRequest, first: int, images: Pixels) -> None:
        """Take decoded images (n, H, W, C) in, from the one numbered `first` in the request on."""
        for (dim, frame), image in zip(request.places(first, len(images)), images, strict=True):
            if dim in self._rows.dims:
                self._rows.knob(dim).film.show_image(frame, image)

    def refresh_films(self) -> None:
        """Ask for all images along unfolded knobs: other weights decode now."""
        state, dims = self._store.state, self._rows.unfolded_dims
        if not dims or state.model is None or len(state.probe) != _dims_of(state) or not self.isVisible():
            return
        values = np.stack([frames_of(*self._rows.knob(dim).slider.range) for dim in dims])
        for dim, along in zip(dims, values, strict=True):
            self._rows.knob(dim).film.set_values(along)
        request = FilmRequest(tuple(dims), values)
        self.films_wanted.emit(request, request.codes(state.probe))

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: ask for what nobody saw."""
        super().showEvent(event)
        self.refresh_films()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID // 2)
        header.setSpacing(theme.GRID // 2)
        header.addWidget(label(self.tr("Latent code"), "title"), stretch=1)
        header.addWidget(self._sort)
        header.addWidget(self._randomise)
        header.addWidget(self._reset)
        header.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(self.class_knob)
        column.addWidget(self._how_many)
        column.addWidget(scrolled(self._rows), stretch=1)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self._show_class(new)
            self._rows.clear_films()
        elif new.condition != old.condition:
            self.class_knob.show_class(new.condition)
        if _dims_of(old) != _dims_of(new) or self._rows.dims != _offered(new):
            self._show_all(new)
        else:
            self._show_changes(old, new)

    def _show_changes(self, old: AppState, new: AppState) -> None:
        """Follow a change that leaves the knobs as many as they are."""
        if new.probe != old.probe:
            self._show_probe(new)
            if any(others_changed(dim, old.probe, new.probe) for dim in self._rows.unfolded_dims):
                self.refresh_films()
        if new.locked != old.locked:
            self._rows.show_locks(new.locked)
        if new.embedding is not old.embedding:
            self._show_data(new)
        if (new.plane_dims, new.directions, new.projection) != (old.plane_dims, old.directions, old.projection):
            self._show_axes(new)

    def _show_all(self, state: AppState) -> None:
        self._rows.offer(_offered(state))
        self._say_how_many(_dims_of(state))
        self._show_probe(state)
        self._show_data(state)
        self._show_axes(state)
        self._rows.show_locks(state.locked)

    def _show_class(self, state: AppState) -> None:
        self.class_knob.offer(state.model.classes if state.model is not None else ())
        self.class_knob.show_class(state.condition)

    def _say_how_many(self, dims: int) -> None:
        """Say which knobs there are, where not each dimension has one."""
        said = self.tr("{0} of {1} dimensions have a knob: those that tell most. All move by planes, pins and points.")
        self._how_many.setText(said.format(len(self._rows.dims), dims))
        self._how_many.setVisible(dims > len(self._rows.dims))

    def _show_probe(self, state: AppState) -> None:
        self._rows.show_probe(_probe_of(state))
        self._reset.setEnabled(any(state.probe))
        for button in (self._copy, self._randomise):
            button.setEnabled(bool(self.knobs))

    def _show_data(self, state: AppState) -> None:
        self._rows.show_data(_codes_of(state))
        self._arrange()
        self.refresh_films()

    def _arrange(self) -> None:
        """Put the rows in order: by dimension, or by what they tell."""
        codes, order = _codes_of(self._store.state), self._rows.dims
        self._sort.setEnabled(codes is not None)
        if self._sort.isChecked() and codes is not None:
            amounts = codes.ranking.amounts
            order = tuple(sorted(order, key=lambda dim: -float(amounts[dim])))
        self._rows.arrange(order)

    def _show_axes(self, state: AppState) -> None:
        lies_along_dims = state.directions is None and state.projection is None
        self._rows.show_axes(state.plane_dims if lies_along_dims else None)

    def _on_moved(self, dim: int, value: float) -> None:
        code = list(_probe_of(self._store.state))
        code[dim] = value
        self._store.update(probe=tuple(code), original=None)

    def _on_lock_toggled(self, dim: int, locked: bool) -> None:
        before = self._store.state.locked
        self._store.update(locked=before | {dim} if locked else before - {dim})

    def _on_unfolded(self, unfolded: bool) -> None:
        if unfolded:
            self.refresh_films()

    def _on_sorted(self) -> None:
        self._arrange()

    def _on_randomise(self) -> None:
        """Draw from the prior, or where there is none from the data: each coordinate from another image."""
        state = self._store.state
        dims = _dims_of(state)
        drawn = self._random.standard_normal(dims).astype(np.float32)
        if state.embedding is not None and state.model is not None and not state.model.has_prior:
            mean = state.embedding.mean
            drawn = mean[self._random.integers(len(mean), size=dims), np.arange(dims)]
        self._store.begin_gesture()  # each throw is a step of its own, however quickly they follow each other
        self._store.update(probe=with_locks(state, tuple(map(float, drawn))), original=None)
        self._store.end_gesture()

    def _on_class_chosen(self, number: int) -> None:
        self._store.update(condition=number, original=None)

    def _on_axis_chosen(self, dim: int, axis: int) -> None:
        # Other dimensions spread otherwise: the old view may show none of the data.
        self._store.update(**changes_to_dims(*with_axis(self._store.state.plane_dims, axis, dim)))
        self._show_axes(self._store.state)

    def _on_reset(self) -> None:
        self._store.update(probe=with_locks(self._store.state, (0.0,) * _dims_of(self._store.state)), original=None)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(code_text(self._store.state.probe))


def _dims_of(state: AppState) -> int:
    """Number of latent dimensions to show: the model's, or the probe's where there is no model."""
    return state.model.latent_dims if state.model is not None else len(state.probe)


def _offered(state: AppState) -> tuple[int, ...]:
    """Return the dimensions that get a knob."""
    dims = _dims_of(state)
    return state.offered_dims if len(state.probe) == dims else offered_dims(dims)


def _probe_of(state: AppState) -> Code:
    """Return the probe; the origin where it hasn't been set for this model yet."""
    dims = _dims_of(state)
    return state.probe if len(state.probe) == dims else (0.0,) * dims


def _codes_of(state: AppState) -> Embedding | None:
    """Return the codes where they have the dimensions that are shown: those of another model have others."""
    embedding = state.embedding
    return embedding if embedding is not None and len(embedding.span) == _dims_of(state) else None
