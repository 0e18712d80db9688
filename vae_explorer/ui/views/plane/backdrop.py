"""The quiet layers: ground, axes with their ticks, and the prior's circles."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from vae_explorer.ui.views.plane.lettering import NAME, NUMBER, Style, size_of, write, write_pointing
from vae_explorer.ui.views.plane.viewport import Viewport

TICK_PX = 96
"""About how far apart the axes' numbers stand."""

NAME_ROOM_PX = 48
"""Left free for the name at the end of the lower axis."""

CORNER_PX = 36
"""The corners on the left have no numbers: those of the two axes would overlap, or lie on a name."""

EDGE_PX = 6
"""So far from the edges stand the axes' names."""


LARGEST_PX = 20_000
"""Of larger circles nobody sees that they are round."""

PEN_PX = 4
"""At least half as wide as the circles' lines."""

NAME_PX = 48
"""So far beyond the view may be what a name is of, that is moved inside."""


def tick_step(units_per_pixel: float) -> float:
    """Return the distance of the axes' ticks: 1, 2 or 5 times a power of ten, about TICK_PX apart."""
    wanted = TICK_PX * units_per_pixel
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted))


def paint_axes(painter: QPainter, viewport: Viewport, x_name: str, y_name: str) -> None:
    """Number the lower and the left edge, and name the two dimensions."""
    step = tick_step(viewport.view.units_per_pixel)
    x0, x1, y0, y1 = viewport.bounds
    x_size, y_size = (size_of(name, NAME, painter.device().devicePixelRatioF()) for name in (x_name, y_name))
    last = viewport.width - max(NAME_ROOM_PX, x_size.width() + CORNER_PX)
    for value in np.arange(np.ceil(x0 / step), x1 / step) * step:
        x = viewport.point(value, 0).x()
        if CORNER_PX < x < last:
            write_pointing(painter, QPointF(x, viewport.height), _number(value, step), "down")
    if y_name:
        for value in np.arange(np.ceil(y0 / step), y1 / step) * step:
            y = viewport.point(0, value).y()
            if CORNER_PX < y < viewport.height - CORNER_PX:
                write_pointing(painter, QPointF(0, y), _number(value, step), "left")
        write(painter, QPointF(EDGE_PX + y_size.width() / 2, EDGE_PX + y_size.height() / 2), y_name, NAME)
    place = QPointF(viewport.width - x_size.width() / 2, viewport.height - x_size.height() / 2)
    write(painter, place - QPointF(EDGE_PX, EDGE_PX), x_name, NAME)


def paint_prior(painter: QPainter, viewport: Viewport, centre: tuple[float, float], *, dims: int) -> None:
    """Draw 1, 2 and 3 standard deviations of the prior N(0, I): circles, or lines where there is one dimension.

    `centre`: the place of the plane that is nearest to the prior's mean.
    """
    view = viewport.view
    around = replace(viewport, view=replace(view, x=view.x - centre[0], y=view.y - centre[1]))
    painter.drawImage(0, 0, _prior_picture(around, dims, painter.device().devicePixelRatioF()))


def name_prior(painter: QPainter, viewport: Viewport, centre: tuple[float, float], *, dims: int) -> None:
    """Write beside each circle, or line, of the prior how many standard deviations it is of. See `paint_prior`."""
    middle = viewport.point(*centre)
    for sigma in (1, 2, 3):
        radius = sigma / viewport.view.units_per_pixel
        if dims == 1:
            place = QPointF(middle.x() + radius + NAME_PX / 2, EDGE_PX)
        else:
            place = middle + QPointF(radius, -radius) * 0.7071 - QPointF(0, 10)
        write_inside(painter, viewport, place, f"{sigma} σ")


def write_inside(painter: QPainter, viewport: Viewport, place: QPointF, text: str, style: Style = NUMBER) -> None:
    """Write what names something at a place in sight, or hardly out of it: beside the axes' numbers, not on them."""
    view = QRectF(0, 0, viewport.width, viewport.height)
    if view.adjusted(-NAME_PX, -NAME_PX, NAME_PX, NAME_PX).contains(place):
        write(painter, place, text, style, view.adjusted(NAME_PX, EDGE_PX, -EDGE_PX, -CORNER_PX))


@lru_cache(maxsize=2)
def _prior_picture(viewport: Viewport, dims: int, ratio: float) -> QImage:
    """Kept, since large smooth circles take longer than all else in the plane, which changes far oftener."""
    picture = QImage(QSize(viewport.width, viewport.height) * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for sigma in (1, 2, 3):
        radius = sigma / viewport.view.units_per_pixel
        if radius < LARGEST_PX and (dims == 1 or _is_in_sight(viewport, radius)):
            for colour, width in ((QColor(0, 0, 0, 120), 3.0), (QColor(255, 255, 255, 150), 1.2)):
                painter.setPen(QPen(colour, width))
                (_paint_lines if dims == 1 else _paint_circle)(painter, viewport, radius)
    painter.end()
    return picture


def _is_in_sight(viewport: Viewport, radius: float) -> bool:
    """Whether a part of the circle lies in the view."""
    box = viewport.rect(*viewport.bounds)
    centre = viewport.point(0, 0)
    dx, dy = (
        max(low - at, 0.0, at - high)
        for low, at, high in ((box.left(), centre.x(), box.right()), (box.top(), centre.y(), box.bottom()))
    )
    far_x, far_y = (
        max(abs(box.left() - centre.x()), abs(box.right() - centre.x())),
        max(abs(box.top() - centre.y()), abs(box.bottom() - centre.y())),
    )
    return math.hypot(dx, dy) - PEN_PX < radius < math.hypot(far_x, far_y) + PEN_PX


def _paint_circle(painter: QPainter, viewport: Viewport, radius: float) -> None:
    painter.drawEllipse(viewport.point(0, 0), radius, radius)


def _paint_lines(painter: QPainter, viewport: Viewport, distance: float) -> None:
    middle = viewport.point(0, 0).x()
    for x in (middle - distance, middle + distance):
        painter.drawLine(QPointF(x, 0), QPointF(x, viewport.height))


def _number(value: float, step: float) -> str:
    digits = max(0, -int(np.floor(np.log10(step))))
    return f"{value + 0.0:.{digits}f}".replace("-", "−")
