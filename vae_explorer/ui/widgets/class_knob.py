"""The class of a conditional model as a row: a list that is stepped through by keys and wheel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, QStringListModel, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListView, QStyledItemDelegate, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.labels import label

_ROWS: Final = 16
"""Classes in sight when the list is open."""
_STYLE: Final = "QComboBox { combobox-popup: 0; } QListView::item { min-height: 22px; padding-left: 4px; }"


class ClassKnob(QWidget):
    """Chooses among up to a thousand classes. Emits only for what the person does."""

    chosen = Signal(int)
    """The number of the class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("class_knob")
        self.box = _ClassBox()
        self.box.setObjectName("class_box")
        self.box.setAccessibleName(self.tr("Class"))
        self.box.setToolTip(
            self.tr("The class that is decoded: codes tell what it leaves open. Arrow keys and wheel step.")
        )
        self._classes: tuple[str, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, 0, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID)
        row.addWidget(label(self.tr("class"), "muted", buddy=self.box))
        row.addWidget(self.box, stretch=1)
        self.box.currentIndexChanged.connect(self.chosen)

    def offer(self, classes: Sequence[str]) -> None:
        """Replace the classes there are to choose from; without any the row hides."""
        if tuple(classes) != self._classes:
            self._classes = tuple(classes)
            with QSignalBlocker(self.box):
                self.box.set_names([printable(name) for name in classes])
        self.setVisible(bool(classes))

    def show_class(self, number: int) -> None:
        """Show a class without telling anybody."""
        if number != self.box.currentIndex():
            with QSignalBlocker(self.box):
                self.box.setCurrentIndex(number)


class _ClassBox(ChoiceBox):
    def __init__(self) -> None:
        super().__init__()
        view = QListView()
        # Otherwise a list of a thousand measures each of its rows whenever it opens.
        view.setUniformItemSizes(True)
        self.setView(view)
        self._names = QStringListModel(self)
        self.setModel(self._names)
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setMaxVisibleItems(_ROWS)
        # A list with a scroll bar, rather than one over the whole screen.
        self.setStyleSheet(_STYLE)

    def set_names(self, names: list[str]) -> None:
        """Offer these: all at once, since a thousand items one by one take longer than a frame."""
        self._names.setStringList(names)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: step without the focus too, since nothing scrolls past here."""
        QComboBox.wheelEvent(self, event)
