"""What lies over the plane's picture and moves often: the probe, and the ring around the image under the cursor."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from vae_explorer.ui import theme

PROBE_PX = 11
RING_PX = 8
REACH_PX = 15
"""No mark is painted farther from its place than this."""


def paint_probe(painter: QPainter, centre: QPointF) -> None:
    """Put cross-hairs that stand out from any mosaic on the nearest pixel."""
    picture = _probe_picture(painter.device().devicePixelRatioF())
    painter.drawImage(centre.toPoint() - QPoint(REACH_PX, REACH_PX), picture)


@lru_cache(maxsize=2)
def _probe_picture(ratio: float) -> QImage:
    """Drawn once: the probe moves hundreds of times in a second, and smooth circles take their time."""
    side = 2 * REACH_PX + 1
    picture = QImage(QSize(side, side) * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    centre = QPointF(side / 2, side / 2)
    for colour, width in ((QColor(0, 0, 0, 190), 4.5), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, PROBE_PX - 4, PROBE_PX - 4)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            step = QPointF(dx, dy)
            painter.drawLine(centre + step * (PROBE_PX - 4), centre + step * PROBE_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.ACCENT))
    painter.drawEllipse(centre, 2.5, 2.5)
    painter.end()
    return picture


def paint_ring(painter: QPainter, centre: QPointF) -> None:
    """Draw a ring around a point."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 200), 4.0), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, RING_PX, RING_PX)
