"""A switch and a slider for the regulariser's weight, to turn while training runs."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSlider, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.counts import weight_text
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.setting_words import setting_words

_PER_DECADE: Final = 100
"""Positions of the slider for each power of ten."""
_DECADES: Final = 2
"""It reaches so many powers of ten up and down from the weight that the settings say."""


class WeightControl(QWidget):
    """Shows what the regulariser is multiplied by, as the weight that it comes to where there is a single one."""

    weight_chosen = Signal(float)
    """What the person wants it to be multiplied by; 0 where it is switched off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._factor = 1.0
        self._setting: str | None = None
        self._base: float | None = None
        self._switch = QCheckBox(self.tr("Regulariser"))
        self._switch.setObjectName("regulariser_switch")
        self._switch.setChecked(True)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("regulariser_weight")
        self._slider.setAccessibleName(self.tr("Weight of the regulariser"))
        self._slider.setRange(-_DECADES * _PER_DECADE, _DECADES * _PER_DECADE)
        self._slider.setPageStep(_PER_DECADE // 4)
        self._slider.setMinimumWidth(10 * theme.GRID)
        self._value = label("", "muted")
        self._value.setObjectName("regulariser_value")
        self._value.setMinimumWidth(11 * theme.GRID)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self._switch)
        row.addWidget(self._slider, stretch=1)
        row.addWidget(self._value)
        self._switch.toggled.connect(self._on_switched)
        self._slider.valueChanged.connect(self._on_slid)
        self.lock(self.tr("It can be changed while training runs."))

    def lock(self, why: str) -> None:
        """Take no input, and say why."""
        self.setEnabled(False)
        self.setToolTip(why)

    def unlock(self, setting: str | None, base: float | None) -> None:
        """Take input: the regulariser has one weight, `setting`, that is `base` now, or several (None)."""
        self._setting, self._base = setting, base
        self.setEnabled(True)
        self.setToolTip(
            self.tr("From the next step on the loss is the reconstruction plus so much of the regulariser.")
        )
        self._show_value()

    def show_weight(self, weight: float) -> None:
        """Show what the regulariser is multiplied by; 0 is switched off."""
        for part in (self._switch, self._slider):
            part.blockSignals(True)  # only what a person does is told
        self._switch.setChecked(weight > 0)
        if weight > 0:
            self._factor = weight
            self._slider.setValue(round(math.log10(weight) * _PER_DECADE))
        for part in (self._switch, self._slider):
            part.blockSignals(False)
        self._show_value()

    def _on_slid(self, position: int) -> None:
        self._factor = 10 ** (position / _PER_DECADE)
        if self._switch.isChecked():
            self._choose()
        else:
            self._switch.setChecked(True)

    def _on_switched(self, _on: bool) -> None:
        self._choose()

    def _choose(self) -> None:
        self._show_value()
        self.weight_chosen.emit(self._factor if self._switch.isChecked() else 0.0)

    def _show_value(self) -> None:
        factor = self._factor if self._switch.isChecked() else 0.0
        if self._base is None or self._setting is None:
            self._value.setText(f"× {weight_text(factor)}")
        else:
            self._value.setText(f"{setting_words(self._setting)} = {weight_text(factor * self._base)}")
