"""Between the plane's coordinates and a widget's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF

from vae_explorer.core.latent.directions import Directions
from vae_explorer.core.latent.grid import data_span
from vae_explorer.core.latent.plane import Flat
from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.state import AppState, Embedding, View

MARGIN = 1.12
"""How much more than the data the fitted view shows."""

LEAST_EXTENT = 1e-3
"""The fitted view shows no less than this, in latent units."""

PRIOR_REACH = 2.5
"""Without data, and around it where there is a prior, the fitted view shows at least ±2.5."""

_MOST_CODES = 16_384
"""Of more codes, so many in even steps tell where most lie."""

ZOOM_RANGE = (1e-6, 1e3)
"""Smallest and largest latent units per pixel."""


@dataclass(frozen=True)
class Viewport:
    """A view on a widget of a certain size. Plane coordinates grow to the right and upwards."""

    view: View
    width: int
    height: int

    @classmethod
    def fit(cls, low: tuple[float, float], high: tuple[float, float], width: int, height: int) -> Viewport:
        """Show the box from `low` to `high`, both (x, y), with a margin around it."""
        (left, bottom), (right, top) = low, high
        across, up = (max(extent, LEAST_EXTENT) * MARGIN for extent in (right - left, top - bottom))
        scale = max(across / max(width, 1), up / max(height, 1))
        return cls(View((left + right) / 2, (bottom + top) / 2, scale), width, height)

    def to_pixels(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Plane coordinates to pixels. (N, 2) -> (N, 2)."""
        scale = 1 / self.view.units_per_pixel
        factors = np.array([scale, -scale], np.float32)
        centre = np.array([self.view.x, self.view.y], np.float32)
        return np.asarray((xy - centre) * factors + np.array([self.width / 2, self.height / 2], np.float32))

    def point(self, x: float, y: float) -> QPointF:
        """Pixel position of one point of the plane."""
        scale = self.view.units_per_pixel
        return QPointF((x - self.view.x) / scale + self.width / 2, (self.view.y - y) / scale + self.height / 2)

    def rect(self, x0: float, x1: float, y0: float, y1: float) -> QRectF:
        """Pixel rectangle of a box in the plane."""
        return QRectF(self.point(x0, y1), self.point(x1, y0))

    def to_plane(self, position: QPointF) -> tuple[float, float]:
        """Plane coordinates of a pixel position."""
        scale = self.view.units_per_pixel
        return (
            self.view.x + (position.x() - self.width / 2) * scale,
            self.view.y - (position.y() - self.height / 2) * scale,
        )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """What is in sight: x from, x to, y from, y to."""
        half_width = self.width / 2 * self.view.units_per_pixel
        half_height = self.height / 2 * self.view.units_per_pixel
        return (
            self.view.x - half_width,
            self.view.x + half_width,
            self.view.y - half_height,
            self.view.y + half_height,
        )

    def part(self, box: QRect) -> Viewport:
        """Return the view of a rectangle of the widget's pixels, as of a widget of its own."""
        scale = self.view.units_per_pixel
        dx, dy = box.x() + box.width() / 2 - self.width / 2, box.y() + box.height() / 2 - self.height / 2
        return Viewport(View(self.view.x + dx * scale, self.view.y - dy * scale, scale), box.width(), box.height())

    def zoomed(self, factor: float, at: QPointF) -> View:
        """Magnify by `factor`, keeping what lies under `at` where it is."""
        x, y = self.to_plane(at)
        scale = float(np.clip(self.view.units_per_pixel / factor, *ZOOM_RANGE))
        kept = scale / self.view.units_per_pixel
        return View(x + (self.view.x - x) * kept, y + (self.view.y - y) * kept, scale)

    def panned(self, dx: float, dy: float) -> View:
        """Move the content by (dx, dy) pixels."""
        scale = self.view.units_per_pixel
        return View(self.view.x - dx * scale, self.view.y + dy * scale, scale)


def prior_centre(plane: Flat) -> tuple[float, float]:
    """Return the plane coordinates nearest to the origin of the latent space, the mean of the prior."""
    x, y = plane.project(np.zeros(plane.dims, np.float32))
    return float(x), float(y)


def _prior_middle(state: AppState) -> tuple[float, float]:
    return (0.0, 0.0) if state.directions is None or state.plane is None else prior_centre(state.plane)


def _data_span(state: AppState, embedding: Embedding) -> list[tuple[float, float]]:
    if state.projection is not None:
        return list(_span_of(state.projection))
    if state.directions is not None:
        return list(_span_along(embedding, state.directions))
    return [(float(low), float(high)) for low, high in embedding.span[list(state.plane_dims)]]


@lru_cache(maxsize=2)
def _span_along(embedding: Embedding, directions: Directions) -> tuple[tuple[float, float], ...]:
    """Return the quantiles of the codes along both directions. Kept, since it is asked for with every drawing."""
    codes = embedding.mean[:: -(-len(embedding.mean) // _MOST_CODES)]
    xy = directions.plane_through(directions.reference).project(codes)
    return tuple((float(low), float(high)) for low, high in data_span(xy))


@lru_cache(maxsize=2)
def _span_of(projection: Projection) -> tuple[tuple[float, float], ...]:
    return tuple((float(low), float(high)) for low, high in data_span(projection.xy))


def home(state: AppState, width: int, height: int) -> Viewport:
    """Show the data's quantiles on the plane's dimensions, and the prior where there is one."""
    prior = [(middle - PRIOR_REACH, middle + PRIOR_REACH) for middle in _prior_middle(state)]
    span, embedding = prior, state.embedding
    if embedding is not None and len(embedding.span) == len(state.probe):
        span = _data_span(state, embedding)
        if len(state.probe) == 1:
            span[1] = (-1.0, 1.0)
        if state.model is not None and state.model.has_prior and state.projection is None:
            span = [(min(ends[0], own[0]), max(ends[1], own[1])) for ends, own in zip(span, prior, strict=True)]
    (left, right), (bottom, top) = span
    return Viewport.fit((left, bottom), (right, top), width, height)
