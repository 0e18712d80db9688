"""The tools of the window: a menu that opens them, and the docks that they live in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
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
        self._right_px = right.width()
        self._docks: dict[str, QDockWidget] = {}
        self._made: dict[str, Tool] = {}

    def fill_menu(self, menu: QMenu) -> None:
        """Add an entry for each tool."""
        menu.setEnabled(True)
        menu.setToolTipsVisible(True)
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
        """End all that the tools have under way; what their docks do from now on no longer matters."""
        for tool in self._made.values():
            tool.shut_down()
        for dock in self._docks.values():
            dock.toggleViewAction().toggled.disconnect(self._on_shown)

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
        if opened and not self._docked():
            self._right_px = self._right.width()
            self._take_room(dock, kind.preferred_width)
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
        # Queued, since Qt makes a bar for tabs only once docks have come to share a place.
        dock.visibilityChanged.connect(self._on_tabs_changed, Qt.ConnectionType.QueuedConnection)
        dock.topLevelChanged.connect(partial(self._on_floated, kind))
        dock.toggleViewAction().toggled.connect(tell)
        dock.toggleViewAction().toggled.connect(self._on_shown)
        return dock

    def _on_shown(self, shown: bool) -> None:
        if not shown:
            self._give_room_back()

    def _on_floated(self, kind: type[Tool], floats: bool) -> None:
        if floats:
            self._give_room_back()
        else:
            self._take_room(self._docks[kind.name], kind.preferred_width)

    @Slot(bool)
    def _on_tabs_changed(self, _seen: bool) -> None:
        """Write tabs in full, for which the bar scrolls: Qt would rather cut them down to a letter each."""
        only_its_own = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in self._window.findChildren(QTabBar, options=only_its_own):
            bar.setElideMode(Qt.TextElideMode.ElideNone)

    def _place(self, dock: QDockWidget, width: int) -> None:
        beside = [other for other in self._docks.values() if not other.isFloating()]
        if beside:
            self._window.tabifyDockWidget(beside[-1], dock)
            return
        self._right_px = self._right.width()
        self._take_room(dock, width)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self._window.splitDockWidget(dock, self._right, Qt.Orientation.Horizontal)

    def _take_room(self, dock: QDockWidget, width: int) -> None:
        """Let the plane alone give room to a tool: Qt would have it share the place of the pane on the right."""
        centre = self._window.centralWidget()
        self._resize_soon({dock: min(width, centre.width() // 2) if centre is not None else width})

    def _give_room_back(self) -> None:
        """Let the plane get the room of a tool back: Qt would hand it to the pane on the right."""
        self._right_px = self._right.width()
        self._resize_soon({dock: dock.width() for dock in self._docked()[:1]})

    def _docked(self) -> list[QDockWidget]:
        return [dock for dock in self._docks.values() if not (dock.isHidden() or dock.isFloating())]

    def _resize_soon(self, widths: dict[QDockWidget, int]) -> None:
        """Give docks these widths, and the pane on the right its own, once all are laid out anew."""
        widths[self._right] = self._right_px
        docks, pixels = list(widths), list(widths.values())
        QTimer.singleShot(0, self._window, lambda: self._window.resizeDocks(docks, pixels, Qt.Orientation.Horizontal))
