"""The menu of tools, and the docks that they live in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store
from vae_explorer.ui import toolbox
from vae_explorer.ui.toolbox import Toolbox
from vae_explorer.ui.tools.base import Tool


class _One(Tool):
    name = "one"
    title = "One tool"
    summary = "It does this."
    shutdowns = 0

    def __init__(self, session: Session) -> None:
        super().__init__(session)

    def shut_down(self) -> None:
        type(self).shutdowns += 1


class _Other(Tool):
    name = "other"
    title = "Another tool"
    summary = "It does that."


class _Tools:
    @staticmethod
    def parts() -> list[type[Tool]]:
        return [_One, _Other]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.setCentralWidget(QWidget())
    window.show()
    yield window
    window.close()


@pytest.fixture
def box(window: QMainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toolbox]:
    monkeypatch.setattr(toolbox, "tools", _Tools)
    session = Session(Store(), SettingsFile())
    right = QDockWidget("Right")
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, right)
    box = Toolbox(window, session, right)
    box.fill_menu(window.menuBar().addMenu("Tools"))
    yield box
    session.close()


def _action(window: QMainWindow, name: str) -> QAction:
    action = window.findChild(QAction, f"open_{name}")
    assert action is not None
    return action


def test_a_tool_is_made_when_it_is_first_opened_and_kept(window: QMainWindow, box: Toolbox) -> None:
    assert box.tool("one") is None
    _action(window, "one").trigger()
    made = box.tool("one")
    assert made is not None
    assert made.isVisible()
    _action(window, "one").trigger()
    assert not made.isVisible()
    _action(window, "one").trigger()
    assert box.tool("one") is made


def test_closing_the_pane_unchecks_its_entry(window: QMainWindow, box: Toolbox) -> None:
    _action(window, "one").trigger()
    dock = window.findChild(QDockWidget, "dock_one")
    assert dock is not None
    dock.close()
    assert not _action(window, "one").isChecked()


def test_of_two_tools_only_the_one_in_front_is_seen(window: QMainWindow, box: Toolbox, qtbot: QtBot) -> None:
    _action(window, "one").trigger()
    one = box.tool("one")
    assert one is not None
    qtbot.waitUntil(lambda: one.is_seen)
    _action(window, "other").trigger()
    other = box.tool("other")
    assert other is not None
    qtbot.waitUntil(lambda: other.is_seen and not one.is_seen)
    assert _action(window, "one").isChecked()
    _action(window, "one").trigger()
    qtbot.waitUntil(lambda: one.is_seen and not other.is_seen)
    _action(window, "one").trigger()
    qtbot.waitUntil(lambda: other.is_seen and not one.is_seen)
    assert not _action(window, "one").isChecked()


def test_tabs_are_written_in_full(window: QMainWindow, box: Toolbox, qtbot: QtBot) -> None:
    def elisions() -> set[Qt.TextElideMode]:
        only_its_own = Qt.FindChildOption.FindDirectChildrenOnly
        return {bar.elideMode() for bar in window.findChildren(QTabBar, options=only_its_own)}

    for name in ("one", "other"):
        _action(window, name).trigger()
    qtbot.waitUntil(lambda: elisions() == {Qt.TextElideMode.ElideNone})


def test_what_a_tool_says_is_handed_on(window: QMainWindow, box: Toolbox, qtbot: QtBot) -> None:
    _action(window, "one").trigger()
    tool = box.tool("one")
    assert tool is not None
    with qtbot.waitSignals([box.failed, box.noted]):
        tool.failed.emit("It can't be done.")
        tool.noted.emit("It is done.")


def test_only_tools_that_were_opened_are_shut_down(window: QMainWindow, box: Toolbox) -> None:
    before = _One.shutdowns
    box.shut_down()
    assert _One.shutdowns == before
    _action(window, "one").trigger()
    box.shut_down()
    assert _One.shutdowns == before + 1


def test_a_tool_takes_its_place_from_the_plane_alone(window: QMainWindow, box: Toolbox, qtbot: QtBot) -> None:
    right = next(dock for dock in window.findChildren(QDockWidget) if dock.windowTitle() == "Right")
    window.resize(1400, 600)
    qtbot.waitUntil(lambda: window.centralWidget().width() > 1000)  # type: ignore[union-attr]  # the fixture sets it
    before = right.width()
    _action(window, "one").trigger()
    tool = box.tool("one")
    assert tool is not None
    qtbot.waitUntil(lambda: abs(tool.width() - tool.preferred_width) <= 2)
    assert right.width() == pytest.approx(before, abs=2)


@pytest.mark.parametrize("how", ["closed", "floating"])
def test_the_plane_gets_the_place_of_a_tool_back(window: QMainWindow, box: Toolbox, qtbot: QtBot, how: str) -> None:
    right = next(dock for dock in window.findChildren(QDockWidget) if dock.windowTitle() == "Right")
    plane = window.centralWidget()
    assert plane is not None
    window.resize(1400, 600)
    qtbot.waitUntil(lambda: plane.width() > 1000)
    widths = plane.width(), right.width()
    _action(window, "one").trigger()
    dock = window.findChild(QDockWidget, "dock_one")
    assert dock is not None
    for _ in range(2):
        qtbot.waitUntil(lambda: plane.width() < widths[0] - 100 and abs(right.width() - widths[1]) <= 2)
        if how == "closed":
            dock.close()
        else:
            dock.setFloating(True)
        qtbot.waitUntil(lambda: (plane.width(), right.width()) == pytest.approx(widths, abs=2))
        if how == "closed":
            _action(window, "one").trigger()
        else:
            dock.setFloating(False)
