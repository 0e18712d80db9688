"""How sure the encoder is of where an image lies: its posterior, as an ellipse on the plane."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import Embedding
from vae_explorer.ui.views.plane.viewport import Viewport

MOST: Final = 300
"""Of more selected images no ellipses are drawn: they would hide each other."""

_LEAST_PX: Final = 1.0
"""A smaller ellipse couldn't be told from its point."""


def paint_posterior(painter: QPainter, viewport: Viewport, plane: Flat, embedding: Embedding, index: int) -> None:
    """Draw one and two standard deviations of an image's posterior as its projection on the plane."""
    for sigmas, alpha in ((1, 230), (2, 130)):
        for colour, width in ((QColor(0, 0, 0, alpha), 3.0), (QColor(255, 255, 255, alpha), 1.4)):
            painter.setPen(QPen(colour, width))
            _paint(painter, viewport, plane, embedding, index, sigmas)


def paint_posteriors(
    painter: QPainter, viewport: Viewport, plane: Flat, embedding: Embedding, selection: Selection
) -> None:
    """Draw one standard deviation of the posterior of each selected image, where they are few."""
    if len(selection) > MOST:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255, 150), 1.0))
    for index in selection.indices.tolist():
        _paint(painter, viewport, plane, embedding, index, 1)


def axes_of(covariance: NDArray[np.float32]) -> tuple[float, float, float]:
    """Return the half axes of the ellipse of a covariance (2, 2) at one standard deviation, and the longer one's angle.

    The angle is in radians, from x towards y.
    """
    variances, directions = np.linalg.eigh(np.asarray(covariance, np.float64))
    short, long = np.sqrt(np.maximum(variances, 0))
    return float(long), float(short), float(np.arctan2(directions[1, 1], directions[0, 1]))


def _paint(painter: QPainter, viewport: Viewport, plane: Flat, embedding: Embedding, index: int, sigmas: int) -> None:
    if embedding.log_var is None or not isinstance(plane, LatentPlane) or plane.dims < 2:
        return
    x, y = plane.project(embedding.mean[index])
    long, short, angle = axes_of(plane.covariance(np.exp(embedding.log_var[index])))
    scale = sigmas / viewport.view.units_per_pixel
    if long * scale < _LEAST_PX:
        return
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(viewport.point(float(x), float(y)))
    painter.rotate(-float(np.degrees(angle)))  # the plane's y grows upwards
    painter.drawEllipse(QRectF(QPointF(-long * scale, -short * scale), QPointF(long * scale, short * scale)))
    painter.restore()
