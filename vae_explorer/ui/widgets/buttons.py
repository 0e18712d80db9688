"""Buttons as they look here."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolButton

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.icons import ICON_SIZE, icon


def icon_button(name: str, says: str, object_name: str, *, checkable: bool = False) -> QToolButton:
    """Return a small button that shows the icon `name` and says what it does to those who hover or can't see it."""
    button = compact_button(says, object_name)
    button.setIcon(icon(name))
    button.setCheckable(checkable)
    return button


def action_button(action: QAction) -> QToolButton:
    """Return a small button for `action`, which must have an icon and a name."""
    button = compact_button(action.text(), f"{action.objectName()}_button")
    button.setDefaultAction(action)
    return button


def toggle_button(text: str, says: str, object_name: str) -> QToolButton:
    """Return a small button with words that stays pressed."""
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(says)
    button.setAccessibleName(says)
    button.setObjectName(object_name)
    return button


def compact_button(says: str, object_name: str) -> QToolButton:
    """Return a small, empty, square button."""
    button = QToolButton()
    button.setIconSize(ICON_SIZE)
    button.setFixedSize(3 * theme.GRID, 3 * theme.GRID)
    button.setToolTip(says)
    button.setAccessibleName(says)
    button.setObjectName(object_name)
    button.setProperty("compact", True)
    return button


def push_button(text: str, says: str, object_name: str, *, primary: bool = False) -> QPushButton:
    """Return a button with words; `primary` is the one that the pane is for."""
    button = QPushButton(text)
    button.setToolTip(says)
    button.setObjectName(object_name)
    button.setProperty("primary", primary)
    return button
