"""Points coloured by KL and by a table, chosen by keys in a real X window, and undone."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from tests.end_to_end.conftest import Start
from tests.end_to_end.program import Program
from vae_explorer.ui import theme

pytestmark = pytest.mark.real_window

DOWN_TO_KL = ("Down", "Down", "Down", "Return")


def pixels_like(program: Program, widget: str, *colours: str) -> int:
    """How many pixels of a widget have one of the colours, or nearly."""
    picture: NDArray[np.int16] = program.screen.picture(program.box(widget))
    wanted = np.array([[colour.red(), colour.green(), colour.blue()] for colour in map(QColor, colours)])
    away = np.abs(picture[:, :, None] - wanted).max(axis=3)
    return int((away.min(axis=2) < 12).sum())


def is_scale(program: Program) -> bool:
    """Whether the legend shows a scale's two ends, which no label's colour comes near."""
    return all(pixels_like(program, "legend", end) > 8 for end in (theme.SCALE[0], theme.SCALE[-1]))


def test_a_choice_colours_the_points_and_is_undone(start: Start) -> None:
    program = start()
    program.wait_for("drawn")
    program.wait_for("embedded")
    program.wait(lambda: pixels_like(program, "legend", theme.CATEGORIES[0]) > 8, "the legend of the labels")
    assert not is_scale(program)
    program.press("colour_by")
    program.screen.key(*DOWN_TO_KL)
    program.wait(lambda: is_scale(program), "the scale")
    program.wait(lambda: pixels_like(program, "plane", theme.SCALE[-1]) > 100, "points of much KL")
    program.screen.key("ctrl+z")
    program.wait(lambda: pixels_like(program, "legend", theme.CATEGORIES[0]) > 8, "the labels again")
    assert not is_scale(program)


def test_a_table_is_opened_from_the_list_of_colours(start: Start, tmp_path: Path) -> None:
    program = start()
    program.wait_for("drawn")
    embedded = program.wait_for("embedded")
    rows = [f"digit {number:04},{code[0]}" for number, code in enumerate(embedded["codes"])]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["file,across", *rows]), encoding="utf-8")
    program.press("colour_by")
    program.screen.key("End", "Return")
    program.wait(lambda: program.active == "QFileDialog", "the dialog")
    program.screen.type(str(table))
    program.screen.key("Return")
    told = program.wait_for("told")
    assert told["text"] == "“table.csv” has no row for 4 980 of the 5 000 images, which stay grey."
    program.wait(lambda: is_scale(program), "the scale")
    assert "Traceback" not in program.errors
