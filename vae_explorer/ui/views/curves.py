"""The training curves: loss, reconstruction and KL, in nats per image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.progress import TrainStep
from vae_explorer.core.run_folder import HistoryLine
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import toggle_button
from vae_explorer.ui.widgets.counts import duration_text, steps_text
from vae_explorer.ui.widgets.curve_data import CurveData, CurveTable
from vae_explorer.ui.widgets.legend import Key, Legend
from vae_explorer.ui.widgets.plot import Line, Plot
from vae_explorer.ui.widgets.plot_scale import Axis
from vae_explorer.ui.widgets.ticks import duration_ticks, round_ticks

REDRAW_MS: Final = 400
"""The curves are redrawn no more often than this, however fast training reports."""

_TIME: Final = Axis(duration_ticks, duration_text)
_STEPS: Final = Axis(round_ticks, steps_text)
_TRAINING: Final = theme.ACCENT
_VALIDATION: Final = theme.TEXT
_ELBO: Final = theme.CATEGORIES[2]
_DASH: Final = Qt.PenStyle.DashLine
_DOT: Final = Qt.PenStyle.DotLine


class Curves(QWidget):
    """Three plots over training time or steps. Takes what training reports; redraws by time, and only while seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = CurveData()
        self.setObjectName("curves")
        self.plots = {
            "loss": Plot(self.tr("Loss, nats per image"), _TIME),
            "reconstruction": Plot(self.tr("Reconstruction"), _TIME),
            "kl": Plot(self.tr("KL"), _TIME),
        }
        self.legend = Legend()
        self._by_steps = toggle_button(self.tr("Steps"), self.tr("Over training steps instead of time"), "curves_steps")
        self._log = toggle_button(self.tr("Log"), self.tr("Logarithmic, from the very first values on"), "curves_log")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._lay_out()
        self._timer.timeout.connect(self._redraw)
        self._by_steps.toggled.connect(self._redraw)
        self._log.toggled.connect(self._on_log)
        self._redraw()

    def start(self, history: list[dict[str, Any]]) -> None:
        """Forget what was shown and show the lines of a run's history (as `RunFolder.read_history` gives them)."""
        self._data = CurveData.from_history(history)
        self._redraw()

    def add(self, step: TrainStep) -> None:
        """Take a moment of training; it is drawn within a fifth of a second."""
        self._data.add(step)
        self._draw_soon()

    def add_lines(self, history: Sequence[HistoryLine]) -> None:
        """Take further lines of a run's history."""
        self._data.add_lines(history)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def add_control(self, control: QWidget) -> None:
        """Put what steers the training beside the legend."""
        self._header.insertWidget(1, control, stretch=1)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: draw what has come while nobody looked."""
        super().showEvent(event)
        self._redraw()

    def _lay_out(self) -> None:
        header = self._header = QHBoxLayout()
        header.setSpacing(theme.GRID // 2)
        header.addWidget(self.legend, stretch=1)
        header.addWidget(self._by_steps)
        header.addWidget(self._log)
        plots = QHBoxLayout()
        plots.setSpacing(theme.GRID)
        for name, plot in self.plots.items():
            plot.setObjectName(f"plot_{name}")
            plots.addWidget(plot)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(header)
        column.addLayout(plots, stretch=1)

    def _redraw(self) -> None:
        if not self.isVisible():
            return
        axis = _STEPS if self._by_steps.isChecked() else _TIME
        for name, plot in self.plots.items():
            plot.show_lines(self._lines(name), self._best(name), axis)
        self.plots["kl"].setVisible(not len(self._data.training) or bool(self.plots["kl"].lines))
        self._show_legend()

    def _lines(self, name: str) -> list[Line]:
        lines = [
            self._line(self.tr("training"), self._data.training, name, _TRAINING),
            self._line(self.tr("validation"), self._data.validation, name, _VALIDATION, _DASH),
        ]
        if name == "loss" and self._data.elbo_differs:
            table = self._data.validation if len(self._data.validation) else self._data.training
            elbo = self._line(self.tr("−ELBO"), table, "elbo", _ELBO, _DOT)
            lines.append(replace(elbo, y=-elbo.y))
        return [line for line in lines if np.isfinite(line.y).any()]

    def _line(
        self, words: str, table: CurveTable, name: str, colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> Line:
        return Line(words, table.column(self._x_name()), table.column(name), colour, style)

    def _x_name(self) -> str:
        return "step" if self._by_steps.isChecked() else "elapsed_s"

    def _best(self, name: str) -> tuple[float, float] | None:
        """The point of the best validation on the curve called `name`."""
        if self._data.best is None:
            return None
        table, row = self._data.validation, self._data.best
        y = float(table.column(name)[row])
        return (float(table.column(self._x_name())[row]), y) if math.isfinite(y) else None

    def _show_legend(self) -> None:
        keys = {line.name: Key(line.name, line.colour, line.style) for line in self.plots["loss"].lines}
        if self._data.best is not None:
            keys["best"] = Key(self.tr("best validation"), theme.TEXT, None)
        self.legend.show_keys(list(keys.values()))

    def _on_log(self, logarithmic: bool) -> None:
        for plot in self.plots.values():
            plot.set_logarithmic(logarithmic)
