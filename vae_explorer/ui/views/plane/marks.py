"""What lies over the plane's picture and moves often: the probe, and the ring around the image under the cursor."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from vae_explorer.ui import theme

PROBE_PX = 11
RING_PX = 8
REACH_PX = 15
"""No mark is painted farther from its place than this."""


def paint_probe(painter: QPainter, centre: QPointF) -> None:
    """Draw cross-hairs that stand out from any mosaic."""
    for colour, width in ((QColor(0, 0, 0, 190), 4.5), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, PROBE_PX - 4, PROBE_PX - 4)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            step = QPointF(dx, dy)
            painter.drawLine(centre + step * (PROBE_PX - 4), centre + step * PROBE_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.ACCENT))
    painter.drawEllipse(centre, 2.5, 2.5)


def paint_ring(painter: QPainter, centre: QPointF) -> None:
    """Draw a ring around a point."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 200), 4.0), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, RING_PX, RING_PX)
