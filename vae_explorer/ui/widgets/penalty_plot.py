"""What holds σ: the curves exp(σ), 1 + σ and their difference, and where the model's own σ lie under them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.core.latent.spreads import SIGMA_RANGE
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import minus_text
from vae_explorer.ui.widgets.plot_scale import Axis, Scale, paint_axes
from vae_explorer.ui.widgets.read_plot import ReadPlot
from vae_explorer.ui.widgets.ticks import round_ticks

_VALUES: Final = (-4.0, 8.0)
"""Range of y."""
_AXIS: Final = Axis(round_ticks, lambda sigma: minus_text(f"{sigma:g}"))
_SIGMA: Final = np.linspace(*SIGMA_RANGE, 161)

EXP: Final = theme.CATEGORIES[1]
LINEAR: Final = theme.CATEGORIES[2]
DIFFERENCE: Final = theme.TEXT
_BARS: Final = QColor(theme.ACCENT)
_OPACITY: Final = 110


class PenaltyPlot(ReadPlot):
    """Draws the curves, and the shares of the images at each σ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._shares: NDArray[np.float32] | None = None
        self.setObjectName("penalty_plot")
        self.setAccessibleName(self.tr("The penalty on σ, and the model's own σ"))

    @property
    def shares(self) -> NDArray[np.float32] | None:
        """The histogram that is drawn."""
        return self._shares

    @property
    def scale(self) -> Scale:
        """Where values are painted."""
        return Scale(self.area, SIGMA_RANGE, _VALUES, logarithmic=False)

    def show_shares(self, title: str, shares: NDArray[np.float32] | None) -> None:
        """Draw a histogram over `SIGMA_RANGE` (bins,), or none, and say in `title` what it is of."""
        self._title, self._shares = title, shares
        self.update()

    def readout(self, x: float) -> str:
        """Write the values where σ is x."""
        words = self.tr("σ {0} · exp σ {1} · 1 + σ {2} · difference {3}").format(
            minus_text(f"{x:.2f}"),
            f"{np.exp(x):.3g}",
            minus_text(f"{1 + x:.2f}"),
            f"{np.expm1(x) - x:.3g}",
        )
        if self._shares is None:
            return words
        low, high = SIGMA_RANGE
        place = min(int((x - low) / (high - low) * len(self._shares)), len(self._shares) - 1)
        return words + self.tr(" · {0} % of images").format(f"{100 * self._shares[place]:.1f}")

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(420, 220)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be read."""
        return QSize(240, 130)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_PT))
        scale = self.scale
        self.paint_title(painter, 0)
        paint_axes(painter, scale, _AXIS)
        painter.setClipRect(scale.area)
        if self._shares is not None:
            paint_bars(painter, scale.area, self._shares, _BARS, _OPACITY)
        self._paint_curves(painter, scale)
        self.paint_hover(painter, scale)
        self._paint_names(painter, scale)

    def _paint_curves(self, painter: QPainter, scale: Scale) -> None:
        exp = np.exp(_SIGMA)
        for values, colour, width in ((exp, EXP, 1.5), (1 + _SIGMA, LINEAR, 1.5), (exp - 1 - _SIGMA, DIFFERENCE, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            for piece in scale.polylines(_SIGMA, values):
                painter.drawPolyline(piece)

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
