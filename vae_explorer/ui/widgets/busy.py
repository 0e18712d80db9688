"""What is going on that takes a while, over a corner of the plane, which stays usable meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from vae_explorer.ui import theme

PATIENCE_MS = 250
"""What is over sooner is never told."""


class Busy(QLabel):
    """A few words for each thing that is being done. It never takes the mouse."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("busy")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setStyleSheet(
            f"#busy {{ color: {theme.TEXT}; background: rgba(28, 31, 38, 0.92); border-radius: 6px; padding: 6px; }}"
        )
        self.move(theme.GRID, theme.GRID)
        self._said: dict[str, str] = {}
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def say(self, what: str, words: str) -> None:
        """Tell how it stands with one of the things that may be going on; no words: it is over."""
        self._said.pop(what, None)
        if words:
            self._said[what] = words
        if not self._said:
            self._patience.stop()
            self.hide()
            return
        self.setText("\n".join(self._said.values()))
        self.adjustSize()
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()
