"""What a tool is: a pane that is opened from the menu, beside the plane."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from vae_explorer.core.registry import Registry
from vae_explorer.services.session import Session


class Tool(QWidget):
    """Made when it is first opened, and kept until the window closes. Renders from the session's store and signals.

    A tool that isn't seen, closed or behind another one's tab, asks for nothing. A subclass is constructed with the
    session alone.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """The words in the menu and on the pane."""
    summary: ClassVar[str]
    """What it is for, in one sentence: the menu's tooltip."""
    shortcut: ClassVar[str] = ""
    preferred_width: ClassVar[int] = 480
    """Pixels that it would like at first."""

    seen_changed = Signal(bool)
    """It came into sight, or went out of it. (`isVisible` is true behind another tab, too.)"""
    noted = Signal(str)
    """Something worth a line in the status bar."""
    failed = Signal(str)
    """One sentence: what was asked for can't be done."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._seen = False
        self.setObjectName(f"tool_{self.name}")
        # Else what the window had drawn here before, a separator that has moved on, would show through.
        self.setAutoFillBackground(True)

    @property
    def is_seen(self) -> bool:
        """Whether it is in sight."""
        return self._seen

    def set_seen(self, seen: bool) -> None:
        """Tell it whether it is in sight. Only who places it calls this."""
        if seen != self._seen:
            self._seen = seen
            self.seen_changed.emit(seen)

    def shut_down(self) -> None:
        """End the threads that the tool owns, and wait for them: the window closes. Most tools own none."""


tools: Registry[Tool] = Registry("tool", "vae_explorer.ui.tools")
