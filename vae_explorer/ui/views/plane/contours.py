"""Lines around shares of the codes, to be held against the prior: where they bend inwards it generates from a hole."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.core.latent.density import MOST_CODES, SHARES, Density
from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.core.latent.point_index import PointIndex
from vae_explorer.services.state import Embedding
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.viewport import Viewport

COLOUR: Final = "#ffd166"
OUTLINE: Final = "#1a1a1a"
WIDTHS: Final = (2.4, 1.8, 1.2)
"""Of the lines around SHARES of the codes: the denser, the wider."""

_SIDES: Final = ((0.0, -1.0), (1.0, 0.0), (-1.0, 0.0))
"""Where each line has its name: at the top, on the right, on the left, so that none hides another."""

_FEWEST: Final = 3
"""Around fewer codes there is nothing to draw."""


class Contours:
    """The aggregated posterior of the images that are switched on. What is seen twice is computed once."""

    def __init__(self) -> None:
        self._cloud: Cloud | None = None
        self._lines: tuple[NDArray[np.float32], ...] = ()

    def see(self, cloud: Cloud, embedding: Embedding, plane: Flat) -> None:
        """Turn to codes on a plane."""
        if cloud is self._cloud:
            return
        before, self._cloud = self._cloud, cloud
        if before is None or before.index is not cloud.index:
            self._lines = _lines(cloud.index, _spread(embedding, cloud.index.numbers, plane))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the lines and name their shares."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for share, width, side, line in zip(SHARES, WIDTHS, _SIDES, self._lines, strict=False):
            places = viewport.to_pixels(line.reshape(-1, 2)).reshape(-1, 2, 2)
            pieces = [QLineF(*ends) for ends in _in_sight(places, viewport).reshape(-1, 4).tolist()]
            for colour, extra in ((OUTLINE, 1.6), (COLOUR, 0.0)):
                # Square ends close the joints as round ones do, in a fourth of the time.
                painter.setPen(QPen(QColor(colour), width + extra, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
                painter.drawLines(pieces)
            if len(places):
                corners = places.reshape(-1, 2)
                _name(painter, QPointF(*corners[(corners @ side).argmax()].tolist()), f"{100 * share:.0f} %")


def _lines(index: PointIndex, spread: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], ...]:
    if len(index) < _FEWEST:
        return ()
    density = Density.of(index.xy, spread, index.merged())
    return tuple(map(density.lines, SHARES))


def _spread(embedding: Embedding, numbers: NDArray[np.int32], plane: Flat) -> NDArray[np.float32] | None:
    """Return the mean covariance of images' posteriors on the plane, (2, 2), where they have one there.

    Of many, it is that of MOST_CODES in even steps: a mean that more of them would hardly change.
    """
    if embedding.log_var is None or not isinstance(plane, LatentPlane) or not len(numbers):
        return None
    counted = numbers[:: -(-len(numbers) // MOST_CODES)]
    return plane.covariance(np.exp(embedding.log_var[counted]).mean(axis=0))


def _in_sight(places: NDArray[np.float32], viewport: Viewport) -> NDArray[np.float32]:
    """Leave out the pieces that lie beside the view."""
    margin, far = 4, np.array([viewport.width, viewport.height])
    inside = (places.max(axis=1) > -margin) & (places.min(axis=1) < far + margin)
    return np.asarray(places[inside.all(axis=1)])


def _name(painter: QPainter, place: QPointF, words: str) -> None:
    painter.setFont(theme.font(theme.SMALL_PT, bold=True))
    box = QRectF(place.x() - 24, place.y() - 18, 48, 16)
    painter.setPen(QColor(OUTLINE))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(box.translated(dx, dy), Qt.AlignmentFlag.AlignCenter, words)
    painter.setPen(QColor(COLOUR))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
