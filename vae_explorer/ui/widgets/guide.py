"""What to do next, in the middle of a plane that has nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.overlay import follow_size


class Guide(QLabel):
    """A sentence or two in the middle of the widget it lies over. It never takes the mouse."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("guide")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFont(theme.font(theme.TITLE_PT))
        self.setStyleSheet(
            f"#guide {{ color: {theme.TEXT}; background: rgba(28, 31, 38, 0.92); border-radius: 8px; padding: 16px; }}"
        )
        follow_size(self, over, self._place)
        self.hide()

    def say(self, words: str) -> None:
        """Show these words; none: nothing."""
        self.setVisible(bool(words))
        if words != self.text():
            self.setText(words)
            self._place()

    def _place(self) -> None:
        """Stay in the middle."""
        parent = self.parentWidget()
        if parent is not None:
            self.adjustSize()
            self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
