"""Showing together what arrives in pieces."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class Pace(QObject):
    """Calls for a drawing at once, and then no oftener than eyes can follow."""

    due = Signal()

    def __init__(self, parent: QObject, interval_ms: int) -> None:
        """What arrives within `interval_ms` is shown together."""
        super().__init__(parent)
        self._waits = False
        self._timer = QTimer(self, singleShot=True, interval=interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def waits(self) -> bool:
        """Whether something has arrived that isn't drawn yet."""
        return self._waits

    def ask(self, *, is_awaited: bool = False) -> None:
        """Something has arrived. `is_awaited`: it is drawn at once, however short a time ago the last drawing was."""
        if self._timer.isActive() and not is_awaited:
            self._waits = True
        else:
            self._call()

    def forget(self) -> None:
        """Everything is being drawn anyway."""
        self._waits = False
        self._timer.stop()

    def _on_timeout(self) -> None:
        if self._waits:
            self._call()

    def _call(self) -> None:
        self._waits = False
        self.due.emit()
        self._timer.start()
