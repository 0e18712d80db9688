"""The layers that lie in the plane, as one picture: panning shifts it and paints what comes into sight alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.viewport import Viewport

WHOLE = 1e-3
"""So far from a whole number of pixels may a shift be."""

Paint = Callable[[QPainter, Viewport], None]
"""Paints a part of the plane, which `Viewport` tells, from the painter's origin on."""


class Ground:
    """Keeps the picture that was drawn last. Whatever part of it is painted, the same must come to the same place."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._picture: QPixmap | None = None
        self._viewport: Viewport | None = None

    def forget(self) -> None:
        """Paint all of it next time: something has changed."""
        self._picture = None

    def picture(self, viewport: Viewport, ratio: float) -> QPixmap:
        """Return it as it looks from `viewport`, on a screen with `ratio` device pixels a pixel."""
        picture, shift = self._picture, self._shift_to(viewport, ratio)
        if picture is None or shift is None:
            picture = QPixmap(QSize(viewport.width, viewport.height) * ratio)
            picture.setDevicePixelRatio(ratio)
            self._paint_part(picture, QRect(0, 0, viewport.width, viewport.height), viewport)
        else:
            dx, dy = shift
            picture.scroll(dx * int(ratio), dy * int(ratio), picture.rect())
            for part in _exposed(viewport.width, viewport.height, dx, dy):
                self._paint_part(picture, part, viewport)
        self._picture, self._viewport = picture, viewport
        return picture

    def _shift_to(self, viewport: Viewport, ratio: float) -> tuple[int, int] | None:
        """Return by how many pixels the picture is to be shifted; None where a shift isn't enough."""
        before = self._viewport
        if before is None or self._picture is None or self._picture.devicePixelRatioF() != ratio or ratio % 1:
            return None
        scale = before.view.units_per_pixel
        if replace(viewport, view=before.view) != before or viewport.view.units_per_pixel != scale:
            return None
        exact = (before.view.x - viewport.view.x) / scale, (viewport.view.y - before.view.y) / scale
        dx, dy = map(round, exact)
        is_whole = math.dist(exact, (dx, dy)) < WHOLE
        return (dx, dy) if is_whole and abs(dx) < viewport.width and abs(dy) < viewport.height else None

    def _paint_part(self, picture: QPixmap, part: QRect, viewport: Viewport) -> None:
        painter = QPainter(picture)
        painter.setClipRect(part)
        painter.translate(part.topLeft())
        painter.fillRect(0, 0, part.width(), part.height(), QColor(theme.BACKGROUND))
        self._paint(painter, viewport.part(part))
        painter.end()


def _exposed(width: int, height: int, dx: int, dy: int) -> list[QRect]:
    """Return the strips of a picture that a shift leaves empty."""
    upright = QRect(0 if dx > 0 else width + dx, 0, abs(dx), height)
    level = QRect(0, 0 if dy > 0 else height + dy, width, abs(dy))
    return [strip for strip in (upright, level) if not strip.isEmpty()]
