"""How far the reading of images has come, with a way to stop it. The plane stays usable meanwhile."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from vae_explorer.core.data.base import Progress, printable
from vae_explorer.ui import theme

PATIENCE_MS = 250
"""What is read faster than this never shows the bar."""


class ReadingBar(QFrame):
    """Shows itself while images are read, unless that is quick."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reading")
        self.setStyleSheet(f"#reading {{ background: {theme.RAISED}; }}")
        self._words = QLabel(self)
        self._words.setObjectName("reading_text")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("reading_cancel")
        cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(self._words)
        row.addWidget(self._bar, 1)
        row.addWidget(cancel)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self._name = ""
        self.hide()

    def start(self, spec: str) -> None:
        """Announce what is being read."""
        self._name = printable(spec if spec.startswith("sample:") else Path(spec).name)
        self._words.setText(self.tr("Opening {0}…").format(self._name))
        self._bar.setRange(0, 0)
        self._patience.start()

    def show_progress(self, progress: Progress) -> None:
        """Show how many images have been read."""
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)
        words = self.tr("Reading {0}: {1} of {2} images").format(self._name, progress.done, progress.total)
        if progress.skipped:
            words += self.tr(", {0} skipped").format(progress.skipped)
        self._words.setText(words)

    @property
    def is_busy(self) -> bool:
        """Whether images are being read, told already or not yet."""
        return self._patience.isActive() or self.isVisible()

    def finish(self) -> None:
        """Go away."""
        self._patience.stop()
        self.hide()
