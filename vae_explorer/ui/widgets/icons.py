"""Small line icons, drawn in code so that they take the theme's colours and stay sharp at every scale."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from vae_explorer.ui import theme

SIZE: Final = 16
"""Pixels: the side of the square that the icons are drawn in."""
ICON_SIZE: Final = QSize(SIZE, SIZE)


@cache
def icon(name: str) -> QIcon:
    """Return the icon called `name`: muted, bright when checked or hovered, faint when disabled. Raises KeyError."""
    result = QIcon()
    mode, state = QIcon.Mode, QIcon.State
    for colour, which, on in (
        (theme.MUTED, mode.Normal, state.Off),
        (theme.TEXT, mode.Active, state.Off),
        (theme.ACCENT, mode.Normal, state.On),
        (theme.ACCENT, mode.Active, state.On),
        (theme.LINE, mode.Disabled, state.Off),
    ):
        result.addPixmap(_drawn(_PATHS[name](), QColor(colour)), which, on)
    return result


def _drawn(path: QPainterPath, colour: QColor, ratio: int = 3) -> QPixmap:
    pixmap = QPixmap(SIZE * ratio, SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPath(path)
    painter.end()
    return pixmap


def _lines(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))


def _copy() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(5.5, 5.5, 8, 8), 1.5, 1.5)
    _lines(path, (3.5, 10.5), (2.5, 10.5), (2.5, 2.5), (10.5, 2.5), (10.5, 3.5))
    return path


def _save() -> QPainterPath:
    path = QPainterPath()
    _lines(path, (8, 2), (8, 9.5))
    _lines(path, (5, 6.7), (8, 9.7), (11, 6.7))
    _lines(path, (2.5, 10.5), (2.5, 13.5), (13.5, 13.5), (13.5, 10.5))
    return path


def _smooth() -> QPainterPath:
    """A staircase under a slope: pixels, and the line through them."""
    path = QPainterPath()
    _lines(path, (2.5, 13.5), (2.5, 10.5), (6, 10.5), (6, 7), (9.5, 7), (9.5, 3.5), (13.5, 3.5))
    path.moveTo(5, 14)
    path.cubicTo(QPointF(10, 13), QPointF(12.5, 11), QPointF(13.5, 7))
    return path


def _reset() -> QPainterPath:
    path = QPainterPath()
    path.arcMoveTo(QRectF(3, 3, 10, 10), 150)
    path.arcTo(QRectF(3, 3, 10, 10), 150, -300)
    _lines(path, (3.2, 2.5), (3.6, 5.8), (6.9, 5.4))
    return path


def _lock() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(4, 7.5, 8, 6), 1.2, 1.2)
    path.moveTo(5.8, 7.5)
    path.lineTo(5.8, 5)
    path.cubicTo(QPointF(5.8, 2), QPointF(10.2, 2), QPointF(10.2, 5))
    path.lineTo(10.2, 7.5)
    return path


def _dice() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 2.5, 11, 11), 2, 2)
    for x, y in ((5.5, 5.5), (10.5, 5.5), (8, 8), (5.5, 10.5), (10.5, 10.5)):
        path.addEllipse(QPointF(x, y), 0.5, 0.5)
    return path


def _sort() -> QPainterPath:
    """Bars that grow shorter."""
    path = QPainterPath()
    for y, right in ((4, 13), (7, 10.5), (10, 8), (13, 5.5)):
        _lines(path, (3, y), (right, y))
    return path


def _lasso() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(2.5, 2.5, 11, 8))
    path.moveTo(5, 9.6)
    path.cubicTo(QPointF(4, 11.5), QPointF(7.5, 12), QPointF(6, 14))
    return path


def _box() -> QPainterPath:
    """The corners of a rectangle."""
    path = QPainterPath()
    for x, y, dx, dy in ((3, 4, 3, 3), (13, 4, -3, 3), (3, 12, 3, -3), (13, 12, -3, -3)):
        _lines(path, (x, y + dy), (x, y), (x + dx, y))
    return path


_PATHS: Final[dict[str, Callable[[], QPainterPath]]] = {
    "copy": _copy,
    "save": _save,
    "smooth": _smooth,
    "reset": _reset,
    "lock": _lock,
    "lasso": _lasso,
    "box": _box,
    "dice": _dice,
    "sort": _sort,
}
