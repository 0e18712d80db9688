"""The one line that a first launch shows over the plane; where that is too narrow, a few."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.overlay import follow_size

TOP_PX = 4 * theme.GRID
"""Above it the plane has the name of an axis."""


class Hint(QFrame):
    """Sits at the top of the widget it is about, until it is dismissed."""

    dismissed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("hint")
        self.setStyleSheet(
            f"#hint {{ background: rgba(28, 31, 38, 0.92); border: 1px solid {theme.LINE}; border-radius: 12px; }}"
        )
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._tips = (
            self.tr("Click or drag in the plane"), self.tr("turn a knob"), self.tr("drop a folder of images here"),
        )  # fmt: skip
        self._words = QLabel(self)
        close = QToolButton(self)
        close.setObjectName("hint_close")
        close.setText("×")
        close.setToolTip(self.tr("Don't show this again"))
        close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID // 2, theme.GRID // 2, theme.GRID // 2)
        row.addWidget(self._words)
        row.addWidget(close)
        follow_size(self, over, self._place)
        self._place()

    def _place(self) -> None:
        """Stay centred near the top."""
        parent = self.parentWidget()
        if parent is None:
            return
        for between in ("  ·  ", "\n"):
            self._words.setText(between.join(self._tips))
            self.adjustSize()
            if self.width() <= parent.width():
                break
        self.move((parent.width() - self.width()) // 2, TOP_PX)

    def _on_close(self) -> None:
        self.hide()
        self.dismissed.emit()
