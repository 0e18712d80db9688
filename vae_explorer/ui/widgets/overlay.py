"""What lies over another widget, and has to move with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


def follow_size(overlay: QWidget, over: QWidget, place: Callable[[], object]) -> None:
    """Call `place` whenever `over` has another size, as long as there is the overlay."""
    over.installEventFilter(_SizeFilter(overlay, place))


class _SizeFilter(QObject):
    def __init__(self, overlay: QWidget, place: Callable[[], object]) -> None:
        super().__init__(overlay)
        self._place = place

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: look at what comes to the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
