"""The tools of the window: a menu that opens them, and the docks that they live in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabBar

from vae_explorer.services.session import Session
from vae_explorer.ui.tools.base import Tool, tools


class Toolbox(QObject):
    """Makes each tool when it is first opened, between the plane and the pane on the right; several share the place."""

    noted = Signal(str)
    failed = Signal(str)

    def __init__(self, window: QMainWindow, session: Session, right: QDockWidget) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._right = right
        self._docks: dict[str, QDockWidget] = {}
        self._made: dict[str, Tool] = {}

    def fill_menu(self, menu: QMenu) -> None:
        """Add an entry for each tool."""
        menu.setToolTipsVisible(True)
        menu.menuAction().setVisible(bool(tools.parts()))
        for kind in tools.parts():
            action = menu.addAction(kind.title)
            action.setObjectName(f"open_{kind.name}")
            action.setToolTip(kind.summary)
            action.setCheckable(True)
            if kind.shortcut:
                action.setShortcut(QKeySequence(kind.shortcut))
            action.toggled.connect(partial(self._on_toggled, kind, action))

    def tool(self, name: str) -> Tool | None:
        """Return a tool that was opened."""
        return self._made.get(name)

    def shut_down(self) -> None:
        """End all that the tools have under way."""
        for tool in self._made.values():
            tool.shut_down()

    def _on_toggled(self, kind: type[Tool], action: QAction, opened: bool) -> None:
        if kind.name not in self._docks:
            if not opened:
                return
            self._docks[kind.name] = self._make(kind, action.setChecked)
        dock, tool = self._docks[kind.name], self._made[kind.name]
        is_open = dock.toggleViewAction().isChecked()
        if is_open and not opened and not tool.is_seen:
            # It lies behind another one's tab: who chooses it wants to see it.
            action.setChecked(True)
            return
        dock.setVisible(opened)
        if opened:
            dock.raise_()

    def _make(self, kind: type[Tool], tell: Callable[[bool], None]) -> QDockWidget:
        tool = self._made[kind.name] = kind(self._session)
        tool.noted.connect(self.noted)
        tool.failed.connect(self.failed)
        dock = QDockWidget(kind.title)
        dock.setObjectName(f"dock_{kind.name}")
        dock.setWidget(tool)
        self._place(dock, kind.preferred_width)
        dock.visibilityChanged.connect(tool.set_seen)
        dock.visibilityChanged.connect(self._on_tabs_changed)
        dock.toggleViewAction().toggled.connect(tell)
        return dock

    def _on_tabs_changed(self, _seen: bool) -> None:
        # Once the bar is there: Qt makes one wherever docks come to share a place.
        QTimer.singleShot(0, self._window, self._spell_out_tabs)

    def _spell_out_tabs(self) -> None:
        """Write tabs in full, for which the bar scrolls: Qt would rather cut them down to a letter each."""
        only_its_own = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self._window.findChildren(QTabBar, options=only_its_own):
            bar.setElideMode(Qt.TextElideMode.ElideNone)

    def _place(self, dock: QDockWidget, width: int) -> None:
        beside = [other for other in self._docks.values() if not other.isFloating()]
        if beside:
            self._window.tabifyDockWidget(beside[-1], dock)
            return
        centre = self._window.centralWidget()
        sizes = [min(width, centre.width() // 2) if centre is not None else width, self._right.width()]
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self._window.splitDockWidget(dock, self._right, Qt.Orientation.Horizontal)
        # Once both are laid out: before, they would share the place that the one had.
        QTimer.singleShot(
            0, self._window, lambda: self._window.resizeDocks([dock, self._right], sizes, Qt.Orientation.Horizontal)
        )
