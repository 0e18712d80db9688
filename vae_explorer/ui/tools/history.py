"""The list of all that was done to view and code, to jump back and forth in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout

from vae_explorer.services.session import Session
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.widgets.step_words import words_for


@tools.register
class History(Tool):
    """Renders the session's undo history. A click on a step goes to where things stood after it."""

    name = "history"
    title = "History"
    summary = "Every step of the exploration, to go back to with a click."
    preferred_width = 240

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = QListWidget()
        self._list.setObjectName("history_list")
        self._list.setAccessibleName(self.tr("Steps"))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.addWidget(self._list)
        session.undo.changed.connect(self._show)
        self.seen_changed.connect(self._show)
        self._list.itemClicked.connect(self._on_chosen)
        self._list.itemActivated.connect(self._on_chosen)
        self._show()

    def _show(self) -> None:
        """Fill the list anew: at most some hundred rows, and only while it is seen."""
        if not self.is_seen:
            return
        undo = self.session.undo
        texts = [self.tr("as it was opened"), *map(words_for, undo.steps)]
        self._list.clear()
        for place, text in enumerate(texts):
            item = QListWidgetItem(text[0].upper() + text[1:])
            item.setData(Qt.ItemDataRole.UserRole, place)
            if place > undo.done:
                item.setForeground(QColor(theme.FAINT))
            self._list.addItem(item)
        self._list.setCurrentRow(undo.done)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.session.undo.go_to(item.data(Qt.ItemDataRole.UserRole))
