"""The wheel over boxes that stand in something that scrolls."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget


def step_if_focused(box: QWidget, event: QWheelEvent, step: Callable[[QWheelEvent], object]) -> None:
    """Let the wheel `step` only a box that is focused, so that scrolling past changes nothing."""
    if box.hasFocus():
        step(event)
    else:
        event.ignore()
