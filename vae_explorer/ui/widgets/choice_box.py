"""A list to choose from that fits into a narrow pane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.wheel import step_if_focused

_ARROW = 28
"""Pixels that an entry of the list needs besides its text."""

_MARGIN = 4
"""Pixels at the ends of the text that the style clips."""


class ChoiceBox(QComboBox):
    """Elides what is chosen where it is too long; the list itself opens as wide as it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_choices(self, choices: Iterable[tuple[Any, str, str]]) -> None:
        """Offer `choices`: the value, the words for it, and a sentence on it."""
        self.clear()
        for value, title, says in choices:
            self.addItem(title, value)
            self.setItemData(self.count() - 1, says or title, Qt.ItemDataRole.ToolTipRole)

    def value(self) -> Any:
        """The value of what is chosen; None while there is nothing to choose."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Choose `value`, where it is offered."""
        if (place := self.findData(value)) >= 0:
            self.setCurrentIndex(place)

    def showPopup(self) -> None:
        """Qt: open the list."""
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + _ARROW)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: change only when focused, so that scrolling past changes nothing."""
        step_if_focused(self, event, super().wheelEvent)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - _MARGIN
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.MUTED if self.isEnabled() else theme.LINE), 1.4))
        x, y = self.width() - 14.5, self.height() / 2
        painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])
