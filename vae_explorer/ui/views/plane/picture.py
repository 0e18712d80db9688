"""The plane's layers over each other, as one picture that is kept until they change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter, QPixmap

from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import ChangedError
from vae_explorer.core.latent.plane import Flat
from vae_explorer.services.state import AppState
from vae_explorer.ui.views.plane.backdrop import name_prior, paint_axes, paint_prior
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.contours import Contours
from vae_explorer.ui.views.plane.crowd import paint_crowd
from vae_explorer.ui.views.plane.ellipses import paint_posteriors
from vae_explorer.ui.views.plane.fog import Fog
from vae_explorer.ui.views.plane.ground import Ground
from vae_explorer.ui.views.plane.manner import Manner
from vae_explorer.ui.views.plane.mosaic import Mosaic
from vae_explorer.ui.views.plane.points import paint_points
from vae_explorer.ui.views.plane.thumbnails import paint_thumbnails, to_draw
from vae_explorer.ui.views.plane.viewport import Viewport, home, prior_centre


@dataclass(frozen=True, eq=False)
class Shown:
    """What the picture is of, besides tiles and support."""

    state: AppState
    plane: Flat | None
    cloud: Cloud | None

    @property
    def points(self) -> Cloud | None:
        """The points, where they are to be seen."""
        return self.cloud if self.state.layers.points else None

    @property
    def has_density(self) -> bool:
        """Whether lines around the codes are to be seen."""
        has_codes = self.cloud is not None and self.state.embedding is not None
        return self.state.layers.density and has_codes and self.plane is not None and self.plane.dims > 1


class Picture:
    """Draws what lies in the plane, and the axes over it."""

    def __init__(self, mosaic: Mosaic, fog: Fog) -> None:
        self._mosaic = mosaic
        self._fog = fog
        self._contours = Contours()
        self._ground = Ground(self._paint_ground)
        self._picture: QPixmap | None = None
        self._shown: Shown | None = None
        self._thumbnails = np.zeros(0, np.int64)
        """The points that are drawn as images, by their place in the cloud."""
        self._manner: Manner | None = None
        """How the points in sight are drawn."""

    def forget(self) -> None:
        """Draw all anew the next time: a layer has changed."""
        self._ground.forget()
        self._picture = None

    def turn(self) -> None:
        """Draw what else comes into sight the next time: the view has changed."""
        self._picture = None

    def kept(self, ratio: float) -> QPixmap | None:
        """Return it where nothing has changed, on a screen with `ratio` device pixels a pixel."""
        picture = self._picture
        return picture if picture is not None and picture.devicePixelRatioF() == ratio else None

    def draw(self, shown: Shown, viewport: Viewport, ratio: float) -> QPixmap:
        """Draw it as it looks from `viewport`, and keep it."""
        self._picture = self._draw(shown, viewport, ratio)
        return self._picture

    def _draw(self, shown: Shown, viewport: Viewport, ratio: float) -> QPixmap:
        self._shown = shown
        before, self._thumbnails = self._thumbnails, _images_to_draw(shown, viewport)
        other = self._choose_manner(shown, viewport)
        if len(before) or len(self._thumbnails) or len(shown.state.probe) == 1 or other:
            self._ground.forget()  # a shift would put it wrong
        picture = self._ground.picture(viewport, ratio).copy()
        if shown.plane is not None:
            painter = QPainter(picture)
            self._write(painter, viewport, shown, shown.plane)
            painter.end()
        return picture

    def _choose_manner(self, shown: Shown, viewport: Viewport) -> bool:
        """Choose how the points in sight are drawn. Returns whether it is another way than before."""
        before, self._manner = self._manner, None
        if shown.points is not None:
            self._manner = Manner.of(viewport, shown.points, before)
        return self._manner != before

    def _write(self, painter: QPainter, viewport: Viewport, shown: Shown, plane: Flat) -> None:
        """Write what stays inside the view, so that a shift of the ground would put it wrong."""
        if _shows_prior(shown.state, plane):
            name_prior(painter, viewport, prior_centre(plane), dims=plane.dims)
        if shown.has_density:
            self._contours.name(painter, viewport)
        paint_axes(painter, viewport, *shown.state.axis_names)

    def _paint_ground(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint the layers that lie in the plane, as far as they are in sight from `viewport`."""
        shown = self._shown
        if shown is None:
            return
        state, plane = shown.state, shown.plane
        if state.layers.mosaic:
            self._mosaic.paint(painter, viewport)
        if state.layers.support:
            self._fog.paint(painter, viewport)
        if plane is not None and _shows_prior(state, plane):
            paint_prior(painter, viewport, prior_centre(plane), dims=plane.dims)
        if shown.points is not None and plane is not None:
            self._paint_points(painter, viewport, state, plane, shown.points)
        if shown.cloud and plane and state.embedding and shown.has_density:
            self._contours.see(shown.cloud, state.embedding, plane)
            self._contours.paint(painter, viewport)

    def _paint_points(self, painter: QPainter, viewport: Viewport, state: AppState, plane: Flat, points: Cloud) -> None:
        """Draw a density, points, or zoomed in the images themselves; and the posteriors of those that are selected."""
        if state.embedding is None:
            return
        if not (len(self._thumbnails) and self._paint_images(painter, viewport, points, state.embedding.images)):
            self._paint_marks(painter, viewport, points)
        if state.selection is not None:
            paint_posteriors(painter, viewport, plane, state.embedding, state.selection)

    def _paint_marks(self, painter: QPainter, viewport: Viewport, points: Cloud) -> None:
        manner = self._manner
        if manner is not None and manner.is_crowd:
            paint_crowd(painter, viewport, points, manner.spread_px, manner.share)
        elif manner is not None:
            paint_points(painter, viewport, points, manner.dot_px)

    def _paint_images(self, painter: QPainter, viewport: Viewport, points: Cloud, images: ImageSet) -> bool:
        """Draw images in place of points. Returns False where they can't be read, which hovering one tells."""
        try:
            paint_thumbnails(painter, viewport, points, images, self._thumbnails)
        except ChangedError:
            return False
        return True


def _shows_prior(state: AppState, plane: Flat) -> bool:
    has_prior = state.model is not None and state.model.has_prior
    return state.layers.prior and has_prior and plane.is_linear


def _images_to_draw(shown: Shown, viewport: Viewport) -> NDArray[np.int64]:
    if shown.points is None:
        return np.zeros(0, np.int64)
    return to_draw(viewport, home(shown.state, viewport.width, viewport.height), shown.points)
