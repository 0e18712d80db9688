"""A latent code as text to read, select and copy."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from vae_explorer.services.state import Code
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.codes import code_shown

_PER_LINE: Final = 4
_MOST_LINES: Final = 3
_MOST_SHOWN: Final = 64
"""Numbers of a code: nobody reads thousands, and writing them out takes longer than a frame. Copying copies all."""


class CodeView(QPlainTextEdit):
    """Shows a code in up to three lines, and scrolls through the rest. Its height follows D alone, never the values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(theme.SMALL_PT)
        self.setFont(font)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(theme.GRID // 2)
        self.setAccessibleName(self.tr("Latent code of the decoded image"))
        self._dims = -1
        self.show_code(())

    def show_code(self, code: Code) -> None:
        """Show the numbers of `code`, (D,)."""
        if len(code) != self._dims:
            self._dims = len(code)
            self._fit(max(math.ceil(self._dims / _PER_LINE), 1))
        scrolled = self.verticalScrollBar().value()
        more = len(code) - _MOST_SHOWN
        self.setPlainText(
            code_shown(code) if more <= 0 else self.tr("{0}  and {1} more").format(code_shown(code[:_MOST_SHOWN]), more)
        )
        self.verticalScrollBar().setValue(scrolled)

    def _fit(self, lines: int) -> None:
        shown = min(lines, _MOST_LINES)
        scrolls = Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > _MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(scrolls)
        self.setFixedHeight(shown * self.fontMetrics().lineSpacing() + theme.GRID + 2)
