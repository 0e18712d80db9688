"""A row for each latent dimension: where its σ lie, how wide its codes are, what it tells of an image."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.latent.spreads import Spreads
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import minus_text
from vae_explorer.ui.widgets.penalty_plot import paint_bars
from vae_explorer.ui.widgets.read_plot import LEFT, RIGHT

ROW_PX: Final = 40
_BARS_PX: Final = 20.0
_OPACITY: Final = 200


class SpreadRows(QWidget):
    """Rows in the order of the dimensions; one may be chosen by the mouse or the arrow keys."""

    chosen = Signal(object)
    """The dimension that was chosen, or None: all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spreads: Spreads | None = None
        self._chosen: int | None = None
        self.setObjectName("spread_rows")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("σ of each latent dimension"))
        self.setToolTip(self.tr("Click a dimension to see its σ under the curves; click again for all."))

    @property
    def rows(self) -> int:
        """How many dimensions are shown."""
        return 0 if self._spreads is None else len(self._spreads.median)

    def show_spreads(self, spreads: Spreads | None, chosen: int | None) -> None:
        """Show these, the dimension `chosen` marked."""
        before = self.rows
        self._spreads, self._chosen = spreads, chosen
        if self.rows != before:
            self.setFixedHeight(self.rows * ROW_PX)
        self.update()

    def says(self, dim: int) -> str:
        """Write what a dimension's row tells."""
        if self._spreads is None:
            return ""
        words = self.tr("σ {0} · std {1} · KL {2}").format(
            minus_text(f"{self._spreads.median[dim]:.2f}"),
            f"{self._spreads.std[dim]:.3g}",
            minus_text(f"{self._spreads.kl[dim]:.2f}"),
        )
        if self._spreads.collapsed[dim]:
            return words + self.tr(" · collapsed")
        if self._spreads.pointlike[dim]:
            return words + self.tr(" · as good as a point")
        return words

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(420, self.rows * ROW_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose the row under the mouse, or none where it was chosen."""
        dim = int(event.position().y()) // ROW_PX
        if event.button() == Qt.MouseButton.LeftButton and dim < self.rows:
            self.chosen.emit(None if dim == self._chosen else dim)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: up and down choose; Escape chooses all."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.rows:
            start = -1 if self._chosen is None else self._chosen
            self.chosen.emit(min(max(start + step, 0), self.rows - 1))
        elif event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self.chosen.emit(None)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: paint the rows that are in sight."""
        painter = QPainter(self)
        painter.setFont(theme.font(theme.SMALL_PT))
        first, last = event.rect().top() // ROW_PX, event.rect().bottom() // ROW_PX
        for dim in range(max(first, 0), min(last + 1, self.rows)):
            self._paint_row(painter, dim)

    def _paint_row(self, painter: QPainter, dim: int) -> None:
        spreads = self._spreads
        if spreads is None:
            return
        top = dim * ROW_PX
        if dim == self._chosen:
            painter.fillRect(QRectF(0, top, self.width(), ROW_PX), QColor(theme.RAISED))
        colour = QColor(theme.category_colour(dim))
        if spreads.collapsed[dim]:
            colour = QColor(theme.FAINT)
        area = QRectF(LEFT, top + 18, self.width() - LEFT - RIGHT, _BARS_PX)
        paint_bars(painter, area, spreads.histograms[dim], colour, _OPACITY)
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(theme.TEXT if not spreads.collapsed[dim] else theme.FAINT))
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(theme.GRID, top, LEFT, 18), centre, f"z{dim + 1}")
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(QRectF(LEFT, top, area.width(), 18), centre, self.says(dim))
