"""Mouse events as a person's hand gives them: to the window, which finds out itself what lies under them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.tour.leader import Unexpected

NOTCH = 120
"""Of a mouse wheel, in eighths of a degree."""

_LEFT = Qt.MouseButton.LeftButton


def move(widget: QWidget, at: QPointF) -> None:
    """Move the mouse to a place on `widget`."""
    window, place = _on_window(widget, at)
    QTest.mouseMove(window, place)


def press(widget: QWidget, at: QPointF) -> None:
    """Press the left button there, and hold it."""
    window, place = _on_window(widget, at)
    QTest.mouseMove(window, place)
    QTest.mousePress(window, _LEFT, pos=place)


def release(widget: QWidget, at: QPointF) -> None:
    """Let go of the left button there."""
    window, place = _on_window(widget, at)
    QTest.mouseRelease(window, _LEFT, pos=place)


def click(widget: QWidget, at: QPointF | None = None) -> None:
    """Press and let go; in the middle of the widget where no place is given."""
    place = at or QPointF(widget.rect().center())
    press(widget, place)
    release(widget, place)


def double_click(widget: QWidget, at: QPointF) -> None:
    """Click twice in quick succession."""
    window, place = _on_window(widget, at)
    QTest.mouseMove(window, place)
    QTest.mouseDClick(window, _LEFT, pos=place)


def turn_wheel(widget: QWidget, at: QPointF, notches: int) -> None:
    """Turn the wheel there; away from the person where `notches` is positive."""
    window, place = _on_window(widget, at)
    for _ in range(abs(notches)):
        QTest.wheelEvent(window, place, QPoint(0, NOTCH if notches > 0 else -NOTCH))


def drop(window: QWidget, path: Path) -> None:
    """Drag a file or folder over the window and let go. Raises Unexpected where the window doesn't want it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = window.rect().center()
    what = (Qt.DropAction.CopyAction, data, _LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(place, *what)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        msg = "the window doesn't take what is dropped"
        raise Unexpected(msg)
    QApplication.sendEvent(window, QDropEvent(QPointF(place), *what))


def line(start: QPointF, end: QPointF, moves: int) -> Iterable[QPointF]:
    """Places on the way from `start` (left out) to `end`, for a drag."""
    return (start + (end - start) * ((number + 1) / moves) for number in range(moves))


def drag(widget: QWidget, path: list[QPointF]) -> Generator[None, None, None]:
    """Press at the first place of a path, move along it and let go at the last. Yields after each move."""
    press(widget, path[0])
    for place in path[1:]:
        move(widget, place)
        yield
    release(widget, path[-1])


def _on_window(widget: QWidget, at: QPointF) -> tuple[QWindow, QPoint]:
    """Return the native window that `widget` is on, and where there. Raises Unexpected where it is covered."""
    top = widget.window()
    place = widget.mapTo(top, at.toPoint())
    handle, found = top.windowHandle(), top.childAt(place)
    if handle is None or found is not widget:
        what = found.objectName() or type(found).__name__ if found else "nothing"
        msg = f"where “{widget.objectName()}” should be under the mouse there is {what}"
        raise Unexpected(msg)
    return handle, place
