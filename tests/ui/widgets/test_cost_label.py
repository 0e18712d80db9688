from dataclasses import dataclass
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.cost_label import CostLabel


@dataclass(frozen=True)
class FakeCost:
    """As `core.cost.Cost`, which needs torch."""

    encoder_parameters: int = 500_000
    decoder_parameters: int = 700_000
    parameters: int = 1_200_000
    weight_bytes: int = 4_800_000
    training_bytes: int = 85_000_000
    decode_s: float | None = 0.0009
    step_s: float | None = 0.1
    epoch_s: float | None = 12.0
    problem: str = ""


@pytest.fixture
def line(qtbot: QtBot) -> CostLabel:
    line = CostLabel()
    qtbot.addWidget(line)
    return line


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _show(line: CostLabel, **changes: Any) -> str:
    line.show_cost(FakeCost(**changes))  # type: ignore[arg-type]  # it stands in
    return _plain(line.text())


def test_it_tells_parameters_memory_and_times(line: CostLabel) -> None:
    expected = "1.2 M parameters · about 85 MB to train · decodes in 0.9 ms · 12 s an epoch"
    assert _show(line) == expected
    tip = _plain(line.toolTip())
    assert "Encoder: 500 k parameters" in tip
    assert "A training step: about 100 ms" in tip


def test_it_leaves_out_what_was_not_measured(line: CostLabel) -> None:
    text = _show(line, decode_s=None, step_s=None, epoch_s=None)
    assert text == "1.2 M parameters · about 85 MB to train"
    assert "aren't measured" in line.toolTip()


def test_what_the_machine_cannot_hold_is_said_in_its_place(line: CostLabel) -> None:
    assert _show(line, problem="Too much.") == "Too much."
    assert line.property("role") == "warning"
    assert _show(line).startswith("1.2 M")
    assert line.property("role") == "muted"


def test_it_keeps_its_height(line: CostLabel) -> None:
    line.setFixedWidth(260)
    _show(line)
    height = line.heightForWidth(260)
    line.show_cost(None)
    assert (line.text(), line.toolTip()) == ("", "")
    assert line.minimumHeight() >= height
