"""Real images in place of points, where one has zoomed in so far that there is room for them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.core.data.base import ImageSet
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scene import Cloud, Colouring
from vae_explorer.ui.views.plane.viewport import Viewport
from vae_explorer.ui.widgets.pixels import fitted, image_of

SIDE_PX: Final = 40.0
MOST: Final = 60
"""Images in sight up to which they are drawn instead of points."""
ZOOM: Final = 2.5
"""One has to zoom in so far from the view of all the data."""


def to_draw(viewport: Viewport, home: Viewport, cloud: Cloud) -> NDArray[np.int64]:
    """Return the images to draw as such; none while points do better. -> (n,)."""
    none = np.zeros(0, np.int64)
    if home.view.units_per_pixel < ZOOM * viewport.view.units_per_pixel:
        return none
    x, y = viewport.to_pixels(cloud.xy).T
    inside = cloud.shown & (x >= 0) & (x < viewport.width) & (y >= 0) & (y < viewport.height)
    found = np.flatnonzero(inside)
    return found if len(found) <= MOST else none


def paint_thumbnails(
    painter: QPainter,
    viewport: Viewport,
    cloud: Cloud,
    colours: Colouring,
    images: ImageSet,
    indices: NDArray[np.int64],
) -> None:
    """Draw images centred on their points, framed in their colours; those that aren't selected in grey."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ratio = painter.device().devicePixelRatioF()
    for index in indices.tolist():
        x, y = cloud.xy[index]
        place = QRectF(0, 0, SIDE_PX, SIDE_PX)
        place.moveCenter(viewport.point(float(x), float(y)))
        pixels = np.array(images.images[index])
        painter.fillRect(place, QColor(theme.BACKGROUND))
        painter.drawImage(fitted(pixels.shape[1], pixels.shape[0], place, ratio, sharp=False), image_of(pixels))
        is_grey = cloud.selected is not None and not cloud.selected[index]
        colour = QColor(theme.FAINT) if is_grey else colours.palette[cloud.colours[index]]
        painter.setPen(QPen(colour, 2))
        painter.drawRect(place)
