"""A few fixed images and their reconstructions, refreshed as training goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.labels import ElidedLabel
from vae_explorer.ui.widgets.pair_strip import PairStrip


class Reconstructions(QWidget):
    """Shows what it is handed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reconstructions")
        self._caption = ElidedLabel(role="muted")
        self.strip = PairStrip()
        self.strip.setObjectName("pair_strip")
        self.strip.setAccessibleName(self.tr("Originals over their reconstructions"))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self._caption)
        column.addWidget(self.strip, stretch=1)
        self.clear()

    def show_pairs(self, originals: NDArray[np.uint8], reconstructions: NDArray[np.uint8]) -> None:
        """Show (N, H, W, C) uint8 originals over their reconstructions. Nobody may write to them afterwards."""
        self._caption.setText(self.tr("Originals over their reconstructions"))
        self.strip.show_pairs(originals, reconstructions)

    def clear(self) -> None:
        """Show that there are none."""
        self._caption.setText(self.tr("Reconstructions appear here."))
        self.strip.clear()
