"""The quiet layers: ground, axes with their ticks, and the prior's circles."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.viewport import Viewport

TICK_PX = 96
"""About how far apart the axes' numbers stand."""

NAME_ROOM_PX = 48
"""Left free for the name at the end of the lower axis."""

CORNER_PX = 36
"""The lower left corner has no numbers: those of the two axes would overlap."""


LARGEST_PX = 20_000
"""Of larger circles nobody sees that they are round."""

NAME_PX = 48
"""So far from a circle its name may reach."""


class Style(NamedTuple):
    """Of letters on the plane."""

    points: float
    bold: bool


NUMBER, NAME = Style(theme.SMALL_PT, bold=False), Style(theme.BODY_PT, bold=True)


def tick_step(units_per_pixel: float) -> float:
    """Return the distance of the axes' ticks: 1, 2 or 5 times a power of ten, about TICK_PX apart."""
    wanted = TICK_PX * units_per_pixel
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted))


def paint_axes(painter: QPainter, viewport: Viewport, x_name: str, y_name: str) -> None:
    """Number the lower and the left edge, and name the two dimensions."""
    step = tick_step(viewport.view.units_per_pixel)
    x0, x1, y0, y1 = viewport.bounds
    name = NAME, painter.device().devicePixelRatioF()
    name_px = _lettering(x_name, *name).deviceIndependentSize().width() + 2 * theme.GRID
    for value in np.arange(np.ceil(x0 / step), x1 / step) * step:
        x = viewport.point(value, 0).x()
        if not CORNER_PX < x < viewport.width - max(NAME_ROOM_PX, name_px + CORNER_PX / 2):
            continue
        _tick(painter, QPointF(x, viewport.height), QPointF(0, -5))
        _write(painter, QPointF(x, viewport.height - 14), _number(value, step), 0.5)
    if y_name:
        for value in np.arange(np.ceil(y0 / step), y1 / step) * step:
            y = viewport.point(0, value).y()
            if y > viewport.height - CORNER_PX:
                continue
            _tick(painter, QPointF(0, y), QPointF(5, 0))
            _write(painter, QPointF(8, y), _number(value, step))
    _write(painter, QPointF(viewport.width - theme.GRID, viewport.height - 15), x_name, 1, NAME)
    _write(painter, QPointF(40, 16), y_name, 0, NAME)


def paint_prior(painter: QPainter, viewport: Viewport, centre: tuple[float, float], *, dims: int) -> None:
    """Draw 1, 2 and 3 standard deviations of the prior N(0, I): circles, or lines where there is one dimension.

    `centre`: the place of the plane that is nearest to the prior's mean.
    """
    view = viewport.view
    around = replace(viewport, view=replace(view, x=view.x - centre[0], y=view.y - centre[1]))
    painter.drawImage(0, 0, _prior_picture(around, dims, painter.device().devicePixelRatioF()))


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
            _name_sigma(painter, viewport, radius, sigma, dims)
    painter.end()
    return picture


def _is_in_sight(viewport: Viewport, radius: float) -> bool:
    """Whether a part of the circle, or of its name beside it, lies in the view."""
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
    return math.hypot(dx, dy) - NAME_PX < radius < math.hypot(far_x, far_y) + NAME_PX


def _paint_circle(painter: QPainter, viewport: Viewport, radius: float) -> None:
    painter.drawEllipse(viewport.point(0, 0), radius, radius)


def _paint_lines(painter: QPainter, viewport: Viewport, distance: float) -> None:
    middle = viewport.point(0, 0).x()
    for x in (middle - distance, middle + distance):
        painter.drawLine(QPointF(x, 0), QPointF(x, viewport.height))


def _name_sigma(painter: QPainter, viewport: Viewport, radius: float, sigma: int, dims: int) -> None:
    centre = viewport.point(0, 0)
    if dims == 1:
        place = QPointF(centre.x() + radius + 3, 12)
    else:
        place = centre + QPointF(radius, -radius) * 0.7071 - QPointF(0, 10)
    _write(painter, place, f"{sigma} σ")


def _tick(painter: QPainter, at: QPointF, towards: QPointF) -> None:
    painter.setPen(QPen(QColor(theme.MUTED), 1))
    painter.drawLine(at, at + towards)


def _number(value: float, step: float) -> str:
    digits = max(0, -int(np.floor(np.log10(step))))
    return f"{value + 0.0:.{digits}f}".replace("-", "−")


def _write(painter: QPainter, at: QPointF, text: str, share: float = 0, style: Style = NUMBER) -> None:
    """Write on any mosaic: `at` is half-way up the text, at such a share of its width."""
    picture = _lettering(text, style, painter.device().devicePixelRatioF())
    size = picture.deviceIndependentSize()
    painter.drawImage(QPointF(round(at.x() - share * size.width()), round(at.y() - size.height() / 2)), picture)


@lru_cache(maxsize=256)
def _lettering(text: str, style: Style, ratio: float) -> QImage:
    """Return light text on a dark outline. Kept, since writing it takes longer than most frames have for all else."""
    font = theme.font(style.points, bold=style.bold)
    metrics = QFontMetrics(font)
    size = QSize(metrics.horizontalAdvance(text) + 2, metrics.height() + 2)
    picture = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.setPen(QColor(0, 0, 0, 200))
    base = QPointF(1, 1 + metrics.ascent())
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(base + QPointF(dx, dy), text)
    painter.setPen(QColor(theme.TEXT))
    painter.drawText(base, text)
    painter.end()
    return picture
