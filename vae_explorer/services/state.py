"""The one value that the window shows, and the store that holds it. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import labels_for
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.latent.directions import Directions, principal_directions
from vae_explorer.core.latent.offered import LEADING, MOST_SINGLE, offered_dims
from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.core.latent.projection import Projection
from vae_explorer.core.latent.ranking import Ranking
from vae_explorer.core.shades import Groups, Shades
from vae_explorer.core.table import Table
from vae_explorer.services.colours import BY_LABEL, ColourBy
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.selection import Selection

Code = tuple[float, ...]
"""A point of the latent space, D numbers: a tuple, so that states compare by value."""


_NEARLY = 1e-5
"""So much may single numbers of a place that was lifted from a plane lie beside it, as a share of the largest."""


TILE_PX = (24, 32, 48)
"""Of the mosaic's images, small, middling and large: how large they are on screen at least."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """Where a set of images lies in the latent space, by one snapshot of the encoder. Nobody writes to the arrays."""

    images: ImageSet
    mean: NDArray[np.float32]
    """(N, D) posterior means."""
    log_var: NDArray[np.float32] | None
    """(N, D) log-variances; None for a plain autoencoder."""
    span: NDArray[np.float32]
    """(D, 2) the 0.5 % and 99.5 % quantiles of `mean`, for each dimension."""
    histograms: NDArray[np.float32]
    """(D, 48) shares of the images in equal bins across `span`, for each dimension."""
    generation: int
    """The decode service's count of weights when it was asked for. While training goes on the next may have made it."""

    def code(self, index: int) -> Code:
        """Where an image lies."""
        return tuple(self.mean[index].tolist())

    @cached_property
    def ranking(self) -> Ranking:
        """What each dimension carries."""
        return Ranking.of(self.mean, self.log_var)

    @cached_property
    def leading(self) -> tuple[int, ...]:
        """The dimensions that tell most of an image, the first of them first."""
        return self.ranking.order[:LEADING]

    @cached_property
    def principal(self) -> Directions:
        """The two principal components of the codes. Raises UserError where there are none."""
        return principal_directions(self.mean)


@dataclass(frozen=True, eq=False)
class Shading:
    """What was computed to colour points by. Compared by identity."""

    by: ColourBy
    images: ImageSet
    """The embedding's."""
    content: Shades | Groups
    step: int | None = None
    """Of the training whose weights it was computed with, where these may be newer by now."""


@dataclass(frozen=True)
class Layers:
    """What the plane shows."""

    mosaic: bool = True
    points: bool = True
    prior: bool = True
    support: bool = True
    """Whether the mosaic is dimmed where no image's code is near."""
    density: bool = False
    """Whether lines go around shares of the codes: the aggregated posterior, to be held against the prior."""


@dataclass(frozen=True)
class View:
    """The part of the plane in sight: what lies at the centre, and the zoom. One scale for both axes."""

    x: float
    y: float
    units_per_pixel: float


@dataclass(frozen=True)
class Pin:
    """A place that the person keeps."""

    name: str
    code: Code
    condition: int = 0
    """The class that it is decoded as."""


@dataclass(frozen=True)
class AppState:
    """Everything that the panes render from."""

    model: ModelInfo | None = None
    images: ImageSet | None = None
    embedding: Embedding | None = None
    probe: Code = ()
    plane_dims: tuple[int, int] = (0, 1)
    directions: Directions | None = None
    """What the plane lies along instead of two dimensions: principal components, say."""
    projection: Projection | None = None
    """What the embedding's codes are laid out by instead of lying on a plane."""
    view: View | None = None
    """None: the view that shows all the data."""
    layers: Layers = field(default_factory=Layers)
    colour_by: ColourBy = BY_LABEL
    table: Table | None = None
    """What a file says of the images."""
    shading: Shading | None = None
    """The newest that was computed; until it is that of `colour_by`, the points' colours aren't known."""
    hidden: frozenset[str] = frozenset()
    """Names in the legend whose points are switched off."""
    smooth: bool = False
    """Whether the decoded image is shown interpolated rather than pixel-sharp."""
    tile_px: int = TILE_PX[1]
    """How large the mosaic's images are on screen at least; they are less than twice as large."""
    original: int | None = None
    """Index of the image whose code was taken to the probe; None once the probe has moved on."""
    condition: int = 0
    """Number of the class that a conditional model decodes."""
    selection: Selection | None = None
    """Images of the embedding; None: none are selected."""
    pins: tuple[Pin, ...] = ()
    locked: frozenset[int] = frozenset()
    """Latent dimensions that stay where they are when the probe is moved; an image's code is taken as a whole."""

    @cached_property
    def point(self) -> NDArray[np.float32]:
        """The probe, (D,). Nobody writes to it."""
        return np.array(self.probe, np.float32)

    @cached_property
    def plane(self) -> Flat | None:
        """The plane of `directions`, or of `plane_dims`, through the probe; or the projection."""
        if not self.probe:
            return None
        if self.projection is not None:
            return self.projection
        if self.directions is not None:
            return self.directions.plane_through(self.point)
        return LatentPlane.of_dims(self.point, *self.plane_dims)

    @property
    def offered_dims(self) -> tuple[int, ...]:
        """The latent dimensions that knobs and lists offer: all, or of thousands those that tell most of an image."""
        embedding = self.embedding
        known = embedding is not None and len(embedding.span) == len(self.probe)
        leading = embedding.leading if embedding is not None and known and len(self.probe) > MOST_SINGLE else ()
        return offered_dims(len(self.probe), leading, self.plane_dims)

    @property
    def axis_names(self) -> tuple[str, str]:
        """What the plane's x and y are called; a line has no y."""
        if self.projection is not None:
            return self.projection.names
        if self.directions is not None:
            return self.directions.names
        x_dim, y_dim = self.plane_dims
        return f"z{x_dim + 1}", f"z{y_dim + 1}" if len(self.probe) > 1 else ""


def changes_to_image(state: AppState, index: int) -> dict[str, Any]:
    """Return the changes that take an image's code to the probe, to be decoded as its class; none without the image."""
    model, embedding = state.model, state.embedding
    if model is None or embedding is None or index >= len(embedding.mean):
        return {}
    labels = labels_for(model.classes, embedding.images, np.array([index]))
    return {"probe": embedding.code(index), "original": index, "condition": 0 if labels is None else int(labels[0])}


def with_locks(state: AppState, code: Code) -> Code:
    """Return the code (D,) that the probe goes to where it is sent to `code`: in locked dimensions it stays."""
    if not state.locked or len(code) != len(state.probe):
        return code
    return tuple(state.probe[dim] if dim in state.locked else value for dim, value in enumerate(code))


def same_plane(one: AppState, other: AppState) -> bool:
    """Whether two states show the same plane."""
    if _kind_of_plane(one) != _kind_of_plane(other):
        return False
    before, now = one.plane, other.plane
    if not isinstance(before, LatentPlane) or not isinstance(now, LatentPlane):
        return True
    if one.directions is None:
        return np.array_equal(before.origin, now.origin)
    # A place of the plane that was lifted lies on it only nearly. To round would not do: of thousands of numbers, some
    # always come to lie on the other side of a half.
    return bool(np.abs(now.origin - before.origin).max() <= _NEARLY * max(1, np.abs(before.origin).max()))


def _kind_of_plane(state: AppState) -> tuple[object, ...]:
    """Tell what makes the plane, but for where it stands."""
    if state.projection is not None:
        return (state.projection,)
    return len(state.probe), state.directions or state.plane_dims


class Store(QObject):
    """Holds the state. Lives on the main thread."""

    changed = Signal(object, object)
    """The state before and the state now; only emitted where they differ. A change made while others are still being
    told of the one before is told after it, so that nobody ends with the older state."""

    def __init__(self, state: AppState | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = self._told = state or AppState()
        self._telling = False
        self._gestures = 0
        self._in_gesture = False

    @property
    def state(self) -> AppState:
        """The state now."""
        return self._state

    @property
    def gesture(self) -> int:
        """The number of the drag that is under way, from 1; 0 where none is."""
        return self._gestures if self._in_gesture else 0

    def begin_gesture(self) -> None:
        """Take all changes until `end_gesture` for one: the person drags."""
        self._gestures += 1
        self._in_gesture = True

    def end_gesture(self) -> None:
        """Let go."""
        self._in_gesture = False

    def update(self, **changes: Any) -> None:
        """Replace fields of the state and tell everybody who renders from it. Raises TypeError for an unknown field."""
        new = replace(self._state, **changes)
        if new != self._state:
            self._state = new
            self._tell()

    def _tell(self) -> None:
        if self._telling:
            return
        self._telling = True
        try:
            while self._state != self._told:
                old, self._told = self._told, self._state
                self.changed.emit(old, self._told)
        finally:
            self._telling = False
