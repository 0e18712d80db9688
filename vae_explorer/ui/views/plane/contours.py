"""Lines around shares of the codes, to be held against the prior: where they bend inwards it generates from a hole."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.core.latent.density import MOST_CODES, SHARES, Density
from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.core.latent.point_index import PointIndex
from vae_explorer.services.state import Embedding
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.backdrop import write_inside
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.lettering import Style
from vae_explorer.ui.views.plane.viewport import Viewport

COLOUR: Final = "#ffd166"
OUTLINE: Final = "#1a1a1a"
WIDTHS: Final = (2.4, 1.8, 1.2)
"""Of the lines around SHARES of the codes: the denser, the wider."""

_NAME: Final = Style(theme.SMALL_PT, bold=True, colour=COLOUR)

_SIDES: Final = ((0.0, 1.0), (1.0, 0.0), (-1.0, 0.0))
"""Where each line has its name: at the top, on the right, on the left, so that none hides another."""

_FEWEST: Final = 3
"""Around fewer codes there is nothing to draw."""


class Contours:
    """The aggregated posterior of the images that are switched on. What is seen twice is computed once."""

    def __init__(self) -> None:
        self._cloud: Cloud | None = None
        self._lines: tuple[NDArray[np.float32], ...] = ()
        self._places: tuple[tuple[float, float], ...] = ()
        """On the plane, where each line has its name."""

    def see(self, cloud: Cloud, embedding: Embedding, plane: Flat) -> None:
        """Turn to codes on a plane."""
        if cloud is self._cloud:
            return
        before, self._cloud = self._cloud, cloud
        if before is None or before.index is not cloud.index:
            self._lines = _lines(cloud.index, _spread(embedding, cloud.index.numbers, plane))
            self._places = tuple(_outermost(line, side) for line, side in zip(self._lines, _SIDES, strict=False))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the lines."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for width, line in zip(WIDTHS, self._lines, strict=False):
            places = viewport.to_pixels(line.reshape(-1, 2)).reshape(-1, 2, 2)
            pieces = [QLineF(*ends) for ends in _in_sight(places, viewport).reshape(-1, 4).tolist()]
            for colour, extra in ((OUTLINE, 1.6), (COLOUR, 0.0)):
                # Square ends close the joints as round ones do, in a fourth of the time.
                painter.setPen(QPen(QColor(colour), width + extra, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
                painter.drawLines(pieces)

    def name(self, painter: QPainter, viewport: Viewport) -> None:
        """Write beside each line the share of the codes that it is around."""
        for share, place in zip(SHARES, self._places, strict=False):
            write_inside(painter, viewport, viewport.point(*place) - QPointF(0, 10), f"{100 * share:.0f} %", _NAME)


def _lines(index: PointIndex, spread: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], ...]:
    if len(index) < _FEWEST:
        return ()
    density = Density.of(index.xy, spread, index.merged())
    return tuple(map(density.lines, SHARES))


def _outermost(line: NDArray[np.float32], side: tuple[float, float]) -> tuple[float, float]:
    """Return the corner of a line's pieces, (n, 2, 2), that lies farthest towards a side; far off where it has none."""
    if not len(line):
        return math.inf, math.inf
    corners = line.reshape(-1, 2)
    x, y = corners[(corners @ np.array(side, np.float32)).argmax()].tolist()
    return x, y


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
