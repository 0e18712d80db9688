"""A line above the plane for what went wrong, or what was done: never a dialog in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from vae_explorer.ui import theme

NOTE_MS = 6000


class Notice(QFrame):
    """Problems stay until they are closed or the next one comes; notes go by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._words = QLabel(self)
        self._words.setObjectName("notice_text")
        self._words.setWordWrap(True)
        # Names of files stand in it as they are, “<b>” too.
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        close = QToolButton(self)
        close.setObjectName("notice_close")
        close.setText("×")
        close.setToolTip(self.tr("Close"))
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID // 2, theme.GRID // 2, theme.GRID // 2)
        row.addWidget(self._words, 1)
        row.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=NOTE_MS)
        self._timer.timeout.connect(self.clear)
        self.hide()

    def text(self) -> str:
        """What it says now; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def show_problem(self, sentence: str) -> None:
        """Say what can't be done."""
        self._show(sentence, theme.WARNING)
        self._timer.stop()

    def show_note(self, sentence: str) -> None:
        """Say what was done."""
        self._show(sentence, theme.ACCENT)
        self._timer.start()

    def clear(self) -> None:
        """Say nothing."""
        self._timer.stop()
        self.hide()

    def _show(self, sentence: str, colour: str) -> None:
        self.setStyleSheet(f"#notice {{ background: {theme.RAISED}; border-left: 4px solid {colour}; }}")
        self._words.setText(sentence)
        self.show()
