"""What training would cost, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from vae_explorer.core.quantities import short_bytes, short_count, short_seconds
from vae_explorer.ui.widgets.labels import set_role

if TYPE_CHECKING:
    from vae_explorer.core.cost import Cost

_LINES = 2


class CostLabel(QLabel):
    """Keeps its height where there is nothing to tell, so that nothing moves while a person types."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("cost")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setProperty("role", "muted")
        self.setMinimumHeight(_LINES * self.fontMetrics().lineSpacing())
        self.setAccessibleDescription(self.tr("What training would cost"))

    def show_cost(self, cost: Cost | None) -> None:
        """Show a cost, or what is wrong with it; None shows nothing."""
        problem = cost is not None and bool(cost.problem)
        set_role(self, "warning" if problem else "muted")
        self.setText("" if cost is None else cost.problem or self._line(cost))
        self.setToolTip("" if cost is None or problem else self._details(cost))

    def _line(self, cost: Cost) -> str:
        parts = [
            self.tr("{0} parameters").format(short_count(cost.parameters)),
            self.tr("about {0} to train").format(short_bytes(cost.training_bytes)),
        ]
        if cost.decode_s is not None:
            parts.append(self.tr("decodes in {0}").format(short_seconds(cost.decode_s)))
        if cost.epoch_s is not None:
            parts.append(self.tr("{0} an epoch").format(short_seconds(cost.epoch_s)))
        # A part stays in one line as far as it can.
        return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)

    def _details(self, cost: Cost) -> str:
        lines = [
            self.tr("Encoder: {0} parameters").format(short_count(cost.encoder_parameters)),
            self.tr("Decoder: {0} parameters").format(short_count(cost.decoder_parameters)),
            self.tr("The model on disk: {0}").format(short_bytes(cost.weight_bytes)),
        ]
        if cost.step_s is not None:
            lines.append(self.tr("A training step: about {0}").format(short_seconds(cost.step_s)))
        else:
            lines.append(self.tr("Times aren't measured while training runs, nor those of large models."))
        return "\n".join(lines)
