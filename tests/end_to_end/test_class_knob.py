"""The class of a conditional model, turned by wheel and keys in a real X window."""

from pathlib import Path

import pytest

from tests.conftest import SMALL
from tests.end_to_end.conftest import Start
from tests.end_to_end.program import Program
from tests.end_to_end.screen import WHEEL_DOWN
from vae_explorer.__main__ import main

pytestmark = pytest.mark.real_window

LONGER = ["--epochs", "60", "--learning-rate", "0.01"]


@pytest.fixture
def conditional(pictures: Path, tmp_path: Path) -> Path:
    """Return a run on two classes, bright and dark."""
    run = tmp_path / "run"
    assert main(["train", str(pictures), "--out", str(run), "--objective", "cvae", *SMALL, *LONGER]) == 0
    return run


def brightness(program: Program) -> float:
    return float(program.screen.picture(program.box("decoded_picture")).mean())


def test_wheel_and_keys_decode_another_class(start: Start, conditional: Path) -> None:
    program = start(str(conditional))
    program.wait_for("drawn")
    bright = brightness(program)
    program.screen.wheel(*program.middle("class_box"), WHEEL_DOWN, 1)
    program.wait(lambda: brightness(program) < 0.6 * bright, "the dark class")
    program.press("class_box")
    program.screen.key("Up", "Return")
    program.wait(lambda: brightness(program) > 0.9 * bright, "the bright class")
