"""Numbers and names on the plane: light letters on a quiet ground, so that no mosaic strikes them through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPolygonF

from vae_explorer.ui import theme

PAD_PX: Final = 4
"""Of the ground, beside the letters."""

POINTER_PX: Final = 5
"""How far a pointer reaches out of the ground. It marks a place on an axis, and is no dash before a number."""

_OPACITY: Final = 0.78
_ROUND_PX: Final = 3.0

Pointer = Literal["left", "down"]
"""Where a ground points: at the edge that it stands beside."""


@dataclass(frozen=True)
class Style:
    """Of letters on the plane."""

    points: float
    bold: bool
    colour: str = theme.TEXT


NUMBER, NAME = Style(theme.SMALL_PT, bold=False), Style(theme.BODY_PT, bold=True)


def size_of(text: str, style: Style, ratio: float) -> QSizeF:
    """Return how large a text is with its ground, on a screen with `ratio` device pixels a pixel."""
    return _lettering(text, style, None, ratio).deviceIndependentSize()


def write(painter: QPainter, at: QPointF, text: str, style: Style = NUMBER, inside: QRectF | None = None) -> None:
    """Write with `at` in the middle. `inside`: it is moved as far as it must be to lie in there."""
    picture = _lettering(text, style, None, painter.device().devicePixelRatioF())
    size = picture.deviceIndependentSize()
    place = at - QPointF(size.width(), size.height()) / 2
    if inside is not None:
        place = QPointF(
            max(inside.left(), min(place.x(), inside.right() - size.width())),
            max(inside.top(), min(place.y(), inside.bottom() - size.height())),
        )
    painter.drawImage(place.toPoint(), picture)


def write_pointing(painter: QPainter, at: QPointF, text: str, pointer: Pointer) -> None:
    """Write a number whose ground points at `at`."""
    picture = _lettering(text, NUMBER, pointer, painter.device().devicePixelRatioF())
    size = picture.deviceIndependentSize()
    back = QPointF(0, size.height() / 2) if pointer == "left" else QPointF(size.width() / 2, size.height())
    painter.drawImage((at - back).toPoint(), picture)


@lru_cache(maxsize=256)
def _lettering(text: str, style: Style, pointer: Pointer | None, ratio: float) -> QImage:
    """Return a text on its ground. Kept, since writing it takes longer than most frames have for all else."""
    font = theme.font(style.points, bold=style.bold)
    metrics = QFontMetrics(font)
    ground = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * PAD_PX, metrics.height())
    if pointer == "left":
        ground.moveLeft(POINTER_PX)
    size = QSize(int(ground.right()), int(ground.bottom()) + (POINTER_PX if pointer == "down" else 0))
    picture = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    colour = QColor(theme.BACKGROUND)
    colour.setAlphaF(_OPACITY)
    painter.setBrush(colour)
    painter.drawRoundedRect(ground, _ROUND_PX, _ROUND_PX)
    if pointer is not None:
        painter.setBrush(QColor(theme.MUTED))
        painter.drawPolygon(_pointer(ground, pointer))
    painter.setFont(font)
    painter.setPen(QColor(style.colour))
    painter.drawText(QPointF(ground.left() + PAD_PX, metrics.ascent()), text)
    painter.end()
    return picture


def _pointer(ground: QRectF, pointer: Pointer) -> QPolygonF:
    """Return a small triangle beside the ground, or under it."""
    if pointer == "left":
        base, tip, along = ground.center(), QPointF(0, ground.center().y()), QPointF(0, POINTER_PX - 1)
        base.setX(ground.left())
    else:
        base, tip, along = ground.center(), QPointF(ground.center().x(), ground.bottom() + POINTER_PX), QPointF(4, 0)
        base.setY(ground.bottom())
    return QPolygonF([base - along, tip, base + along])
