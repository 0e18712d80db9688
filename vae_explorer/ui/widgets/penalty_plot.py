"""What holds σ: the curves exp(σ), 1 + σ and their difference, and where the model's own σ lie under them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.latent.spreads import SIGMA_RANGE
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import minus_text
from vae_explorer.ui.widgets.plot_scale import Axis, Scale, paint_axes
from vae_explorer.ui.widgets.ticks import round_ticks

LEFT: Final = 44.0
RIGHT: Final = 12.0
"""Pixels beside the area: the rows below have the same, so that σ stands under σ."""
_TOP: Final = 24.0
_BOTTOM: Final = 20.0

_VALUES: Final = (-4.0, 8.0)
"""Range of y."""
_AXIS: Final = Axis(round_ticks, lambda sigma: minus_text(f"{sigma:g}"))
_SIGMA: Final = np.linspace(*SIGMA_RANGE, 161)

EXP: Final = theme.CATEGORIES[1]
LINEAR: Final = theme.CATEGORIES[2]
DIFFERENCE: Final = theme.TEXT
_BARS: Final = QColor(theme.ACCENT)
_OPACITY: Final = 110


class PenaltyPlot(QWidget):
    """Draws the curves, and the shares of the images at each σ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._shares: NDArray[np.float32] | None = None
        self._hover: float | None = None
        self.setObjectName("penalty_plot")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The penalty on σ, and the model's own σ"))

    @property
    def shares(self) -> NDArray[np.float32] | None:
        """The histogram that is drawn."""
        return self._shares

    def show_shares(self, title: str, shares: NDArray[np.float32] | None) -> None:
        """Draw a histogram over `SIGMA_RANGE` (bins,), or none, and say in `title` what it is of."""
        self._title, self._shares = title, shares
        self.update()

    def readout(self, sigma: float) -> str:
        """Write the values at a σ."""
        words = self.tr("σ {0} · exp σ {1} · 1 + σ {2} · difference {3}").format(
            minus_text(f"{sigma:.2f}"),
            f"{np.exp(sigma):.3g}",
            minus_text(f"{1 + sigma:.2f}"),
            f"{np.expm1(sigma) - sigma:.3g}",
        )
        if self._shares is None:
            return words
        low, high = SIGMA_RANGE
        place = min(int((sigma - low) / (high - low) * len(self._shares)), len(self._shares) - 1)
        return words + self.tr(" · {0} % of images").format(f"{100 * self._shares[place]:.1f}")

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(420, 220)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be read."""
        return QSize(240, 130)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: read the curves under the mouse."""
        self._hover = self._scale().x_at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: nothing is under the mouse."""
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_PT))
        scale = self._scale()
        self._paint_title(painter)
        paint_axes(painter, scale, _AXIS)
        painter.setClipRect(scale.area)
        if self._shares is not None:
            paint_bars(painter, scale.area, self._shares, _BARS, _OPACITY)
        self._paint_curves(painter, scale)
        self._paint_hover(painter, scale)
        self._paint_names(painter, scale)

    def _scale(self) -> Scale:
        area = QRectF(self.rect()).adjusted(LEFT, _TOP, -RIGHT, -_BOTTOM)
        return Scale(area, SIGMA_RANGE, _VALUES, logarithmic=False)

    def _paint_title(self, painter: QPainter) -> None:
        text = self._title if self._hover is None else self.readout(self._hover)
        painter.setPen(QColor(theme.MUTED if self._hover is None else theme.TEXT))
        place = QRectF(0, 0, self.width(), _TOP - 4)
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_curves(self, painter: QPainter, scale: Scale) -> None:
        exp = np.exp(_SIGMA)
        for values, colour, width in ((exp, EXP, 1.5), (1 + _SIGMA, LINEAR, 1.5), (exp - 1 - _SIGMA, DIFFERENCE, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            for piece in scale.polylines(_SIGMA, values):
                painter.drawPolyline(piece)

    def _paint_hover(self, painter: QPainter, scale: Scale) -> None:
        if self._hover is not None:
            across = scale.point(self._hover, 0).x()
            painter.setPen(QColor(theme.FAINT))
            painter.drawLine(QPointF(across, scale.area.top()), QPointF(across, scale.area.bottom()))

    def _paint_names(self, painter: QPainter, scale: Scale) -> None:
        """Name the curves where they stand clear of each other."""
        for words, sigma, value, colour in (
            ("exp σ", -11.6, 0.4, EXP),
            ("1 + σ", -3.2, -3.4, LINEAR),
            (self.tr("difference"), -5.2, 5.0, DIFFERENCE),
        ):
            painter.setPen(QColor(colour))
            painter.drawText(scale.point(sigma, value), words)


def paint_bars(painter: QPainter, area: QRectF, shares: NDArray[np.float32], colour: QColor, opacity: int) -> None:
    """Fill bars of these heights (bins,) from the bottom of `area`; the highest takes its whole height."""
    fill = QColor(colour)
    fill.setAlpha(opacity)
    width = area.width() / len(shares)
    highest = max(float(shares.max()), 1e-9)
    for place, share in enumerate(shares.tolist()):
        if share:
            height = share / highest * area.height()
            painter.fillRect(QRectF(area.left() + place * width, area.bottom() - height, width, height), fill)
