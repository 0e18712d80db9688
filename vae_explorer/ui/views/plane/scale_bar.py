"""The colours of a scale with its two ends, in place of a legend's chips; and what they say of one image."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter

from vae_explorer.core.shades import STEPS
from vae_explorer.services.colours import PLAIN, ColourBy
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scene import Colouring, Scale
from vae_explorer.ui.widgets.colour_words import explanation_of, title_of, unit_of
from vae_explorer.ui.widgets.counts import count_text

BAR_PX = 144
LEAST_BAR_PX = 40
BAR_HEIGHT_PX = 8
ROW_PX = 22
GAP_PX = 8
TITLE_PX = 200


def tr(text: str) -> str:
    """Translate a text of the scale."""
    return QCoreApplication.translate("ScaleBar", text)


class ScaleBar:
    """Measures and draws one scale."""

    def __init__(self, scale: Scale) -> None:
        self.progress: float | None = None
        """The share of what is computed, where that takes long."""
        self._scale = scale
        self._bar_px = BAR_PX
        self._metrics = QFontMetricsF(theme.font(theme.SMALL_PT))

    @property
    def is_of_older_weights(self) -> bool:
        """Whether a training has gone on since, so that one may want it computed anew."""
        return self._scale.step is not None

    def words(self) -> tuple[str, ...]:
        """Return the title, and what stands at the two ends of the bar; without a bar just what is going on."""
        unit, shades = unit_of(self._scale.by), self._scale.shades
        title = title_of(self._scale.by)
        if shades is None:
            share = "" if self.progress is None else f" {100 * self.progress:.0f} %"
            return (tr("{0}: computing…{1}").format(title, share),)
        if shades.unknown == len(shades.steps):
            return (tr("{0}: not known of any image").format(title),)
        step = self._scale.step
        if step is not None:
            title = tr("{0} at step {1}").format(title, count_text(step))
        if self.progress is not None:
            title += f" ({100 * self.progress:.0f} %)"
        return title, _number(shades.low), f"{_number(shades.high)} {unit}".strip()

    def size(self, room: int) -> QSize:
        """Return what it takes of the `room` that there is, in pixels: where that is little, the bar is shorter."""
        words = self.words()
        width = int(sum(min(self._metrics.horizontalAdvance(word), TITLE_PX) + GAP_PX for word in words)) + GAP_PX + 1
        if len(words) > 1:
            self._bar_px = min(BAR_PX, max(LEAST_BAR_PX, room - width - GAP_PX))
            width += self._bar_px + GAP_PX
        return QSize(width, ROW_PX + 4)

    def paint(self, painter: QPainter) -> None:
        """Draw at the painter's origin, in the font that it has."""
        title, *ends = self.words()
        x = self._write(painter, GAP_PX, title, theme.TEXT)
        if ends:
            x = self._write(painter, x, ends[0], theme.MUTED)
            self._paint_bar(painter, QRectF(x, 2 + (ROW_PX - BAR_HEIGHT_PX) / 2, self._bar_px, BAR_HEIGHT_PX))
            self._write(painter, x + self._bar_px + GAP_PX, ends[1], theme.MUTED)

    def tip(self) -> str:
        """Say what the colours mean, and of which images they don't say all."""
        shades, words = self._scale.shades, [explanation_of(self._scale.by)]
        if shades is not None and shades.unknown < len(shades.steps):
            words.append(tr("From {0} to {1}.").format(_number(shades.least), _number(shades.most)))
            if shades.beyond:
                beyond = tr("Images beyond the ends of the scale, in their colours: {0}.")
                words.append(beyond.format(count_text(shades.beyond)))
        if shades is not None and shades.unknown:
            words.append(tr("Images of which it isn't known, in grey: {0}.").format(count_text(shades.unknown)))
        if self.is_of_older_weights:
            words.append(tr("Training has gone on since: click to compute it anew."))
        return "\n".join(words)

    def _write(self, painter: QPainter, x: float, text: str, colour: str) -> float:
        """Write and return where to go on."""
        text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, TITLE_PX)
        width = self._metrics.horizontalAdvance(text)
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(x, 2, width + 1, ROW_PX), Qt.AlignmentFlag.AlignVCenter, text)
        return x + width + GAP_PX

    def _paint_bar(self, painter: QPainter, box: QRectF) -> None:
        gradient = QLinearGradient(box.topLeft(), QPointF(box.right(), box.top()))
        for step in range(0, STEPS + 1, 8):
            gradient.setColorAt(step / STEPS, theme.scale_colour(step / STEPS))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(box, 2, 2)


def reading(by: ColourBy, colours: Colouring, index: int) -> str:
    """Say what colours one image: “KL: 4.7 nats”; nothing where its card says that anyway, or it isn't computed yet."""
    shades = colours.scale.shades if colours.scale is not None else None
    if by.kind in PLAIN or (colours.scale is not None and shades is None):
        return ""
    if shades is None:
        says = colours.names[colours.categories[index]]
    elif np.isfinite(shades.values[index]):
        says = f"{_number(shades.values[index])} {unit_of(by)}".strip()
    else:
        says = tr("not known")
    return f"{title_of(by)}: {says}"


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
