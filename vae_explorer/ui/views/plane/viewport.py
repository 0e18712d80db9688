"""Between the plane's coordinates and a widget's pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, QRectF

from vae_explorer.services.state import AppState, View

MARGIN = 1.12
"""How much more than the data the fitted view shows."""

PRIOR_REACH = 2.5
"""Without data, and around it where there is a prior, the fitted view shows at least ±2.5."""

ZOOM_RANGE = (1e-6, 1e3)
"""Smallest and largest latent units per pixel."""


@dataclass(frozen=True)
class Viewport:
    """A view on a widget of a certain size. Plane coordinates grow to the right and upwards."""

    view: View
    width: int
    height: int

    @classmethod
    def fit(cls, low: ArrayLike, high: ArrayLike, width: int, height: int) -> Viewport:
        """Show the box from `low` to `high`, both (2,), with a margin around it."""
        low, high = np.asarray(low, float), np.asarray(high, float)
        centre = (low + high) / 2
        extent = np.maximum(high - low, 1e-3) * MARGIN
        scale = max(extent[0] / max(width, 1), extent[1] / max(height, 1))
        return cls(View(float(centre[0]), float(centre[1]), float(scale)), width, height)

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


def home(state: AppState, width: int, height: int) -> Viewport:
    """Show the data's quantiles on the plane's dimensions, and the prior where there is one."""
    low, high = np.full(2, -PRIOR_REACH), np.full(2, PRIOR_REACH)
    embedding = state.embedding
    if embedding is not None and len(embedding.span) == len(state.probe):
        span = embedding.span[list(state.plane_dims)]
        if len(state.probe) == 1:
            span = np.array([span[0], (-1, 1)])
        keep = state.model is not None and state.model.has_prior
        low = np.minimum(span[:, 0], low) if keep else span[:, 0]
        high = np.maximum(span[:, 1], high) if keep else span[:, 1]
    return Viewport.fit(low, high, width, height)
