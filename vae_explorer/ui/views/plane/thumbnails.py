"""Real images in place of points, where one has zoomed in so far that there is room for them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.core.data.base import ImageSet
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.viewport import Viewport
from vae_explorer.ui.widgets.pixels import fitted, image_of

SIDE_PX: Final = 40.0
MOST: Final = 60
"""Images in sight up to which they are drawn instead of points."""
ZOOM: Final = 2.5
"""One has to zoom in so far from the view of all the data."""


def to_draw(viewport: Viewport, home: Viewport, cloud: Cloud) -> NDArray[np.int64]:
    """Return the points to draw as images, by their place in the cloud; none while points do better. -> (n,)."""
    none = np.zeros(0, np.int64)
    if home.view.units_per_pixel < ZOOM * viewport.view.units_per_pixel:
        return none
    if cloud.index.has_at_least(MOST + 1, viewport.bounds):
        return none
    return cloud.index.inside(viewport.bounds)


def paint_thumbnails(
    painter: QPainter, viewport: Viewport, cloud: Cloud, images: ImageSet, places: NDArray[np.int64]
) -> None:
    """Draw the images of points, (n,) places in the cloud, framed in their colours; unselected ones in grey."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ratio = painter.device().devicePixelRatioF()
    for place in places.tolist():
        x, y = cloud.index.xy[place]
        frame = QRectF(0, 0, SIDE_PX, SIDE_PX)
        frame.moveCenter(viewport.point(float(x), float(y)))
        pixels = np.array(images.images[cloud.index.numbers[place]])
        painter.fillRect(frame, QColor(theme.BACKGROUND))
        painter.drawImage(fitted(pixels.shape[1], pixels.shape[0], frame, ratio, sharp=False), image_of(pixels))
        painter.setPen(QPen(QColor.fromRgbF(*cloud.table[cloud.rows[place], :3].tolist()), 2))
        painter.drawRect(frame)
