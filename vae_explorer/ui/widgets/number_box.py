"""Number boxes that leave the wheel to the scroll area until they are focused."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from vae_explorer.ui.widgets.wheel import step_if_focused

_FAR: Final = 9999.0


class CoordinateBox(QDoubleSpinBox):
    """A latent coordinate, two decimals. Emits `valueChanged` for what the person enters, not for `show_value`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(-_FAR, _FAR)
        self.setDecimals(2)
        self.setSingleStep(0.1)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.lineEdit().setTextMargins(2, 0, 2, 0)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editingFinished.connect(lambda: self.lineEdit().setModified(False))

    def event(self, event: QEvent) -> bool:
        """Qt: leave undo and redo to the window where nothing is being typed."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            wanted = event.matches(keys.Undo) or event.matches(keys.Redo)
            if wanted and not self.lineEdit().isModified():
                event.ignore()
                return False
        return super().event(event)

    def show_value(self, value: float) -> None:
        """Show `value` without telling anybody."""
        with QSignalBlocker(self):
            self.setValue(value)

    def valueFromText(self, text: str) -> float:
        """Qt: read it; both point and comma divide, as people write both."""
        return super().valueFromText(self._with_own_point(text))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Qt: whether `text` is a number within the limits, could become one, or never will."""
        return super().validate(self._with_own_point(text), position)

    def _with_own_point(self, text: str) -> str:
        point = self.locale().decimalPoint()
        return text.replace(",", point).replace(".", point)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: step only when focused, so that scrolling past changes nothing."""
        step_if_focused(self, event, super().wheelEvent)


class IntegerBox(QSpinBox):
    """A whole number."""

    def __init__(self, minimum: int, maximum: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(minimum, maximum)
        self.lineEdit().setTextMargins(5, 0, 2, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType if maximum > 1000 else _PLAIN_STEPS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: step only when focused."""
        step_if_focused(self, event, super().wheelEvent)


class RealBox(QDoubleSpinBox):
    """A real number of any magnitude, shown in as few digits as it needs: 0.001, 4, 1e-05."""

    def __init__(self, minimum: float, maximum: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(9)
        self.setRange(minimum, maximum)
        self.lineEdit().setTextMargins(5, 0, 2, 0)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def textFromValue(self, value: float) -> str:
        """Qt: put the value into words."""
        return f"{value:.6g}"

    def valueFromText(self, text: str) -> float:
        """Qt: read it; both point and comma divide, as people write both."""
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Qt: whether `text` is a number within the limits, could become one, or never will."""
        text = text.replace(",", ".")
        try:
            within = self.minimum() <= float(text) <= self.maximum()
        except ValueError:
            partial = not text.strip("0123456789.eE+-")
            return (_STATE.Intermediate if partial else _STATE.Invalid), text, position
        return (_STATE.Acceptable if within else _STATE.Intermediate), text, position

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: step only when focused."""
        step_if_focused(self, event, super().wheelEvent)


_STATE = QValidator.State
_PLAIN_STEPS = QAbstractSpinBox.StepType.DefaultStepType
