"""Where the panes stand: in docks around the plane, which can be moved and closed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QWidget

CURVES_PX = 190
"""Height of the training pane when it first shows."""

ROOM_FOR_CURVES_PX = 4 * CURVES_PX
"""A lower window keeps its height for the plane: its status bar tells how training gets on, its menu has the curves."""

KNOB_PX = 30
KNOBS_HEADER_PX = 48


class Docks(QObject):
    """Places the panes of a window, and gives them room when it is their turn."""

    def __init__(
        self, window: QMainWindow, *, settings: QWidget, image: QWidget, knobs: QWidget, training: QWidget
    ) -> None:
        super().__init__(window)
        self._window = window
        sides = Qt.DockWidgetArea
        self._image_over_knobs = QSplitter(Qt.Orientation.Vertical)
        self._image_over_knobs.setChildrenCollapsible(False)
        self._image_over_knobs.addWidget(image)
        self._image_over_knobs.addWidget(knobs)
        self._image_over_knobs.setStretchFactor(0, 3)
        self._image_over_knobs.setStretchFactor(1, 2)
        self._left = self._dock(self.tr("Images and model"), "dock_model", settings, sides.LeftDockWidgetArea)
        self.right = self._dock(
            self.tr("Decoded image and code"), "dock_image", self._image_over_knobs, sides.RightDockWidgetArea
        )
        self._bottom = self._dock(self.tr("Training"), "dock_training", training, sides.BottomDockWidgetArea)
        self._bottom.hide()
        window.resizeDocks([self._left, self.right], [280, 320], Qt.Orientation.Horizontal)

    @property
    def toggles(self) -> list[QAction]:
        """What shows and hides each of them."""
        return [dock.toggleViewAction() for dock in (self._left, self.right, self._bottom)]

    def show_training(self) -> None:
        """Let the curves be seen, where there is room for them."""
        if self._bottom.isHidden() and self._window.height() >= ROOM_FOR_CURVES_PX:
            self._bottom.show()
            self._window.resizeDocks([self._bottom], [CURVES_PX], Qt.Orientation.Vertical)

    def make_room_for_knobs(self, rows: int) -> None:
        """Show as many knobs as half of the pane takes; the image has the rest."""
        height = self._image_over_knobs.height()
        knobs = min(KNOBS_HEADER_PX + rows * KNOB_PX, height // 2)
        self._image_over_knobs.setSizes([height - knobs, knobs])

    def _dock(self, title: str, name: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        dock.setWidget(content)
        self._window.addDockWidget(area, dock)
        return dock
