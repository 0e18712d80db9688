"""The tour as `make run` takes it where there is no screen."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

LIMIT_S = 900
STEPS = 11


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour")
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | {
        "VAE_EXPLORER_DATA": str(folder / "users data"),
        "VAE_EXPLORER_CACHE": str(folder / "users cache"),
    }
    command = [sys.executable, "-m", "vae_explorer", "tour", "--out", str(folder / "out")]
    tour = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert tour.returncode == 0, tour.stderr
    assert tour.stdout == f"Wrote {STEPS} screenshots and tour.md to {folder / 'out'}.\n"
    return folder / "out"


def test_every_step_leaves_a_screenshot_unlike_the_one_before(out: Path) -> None:
    pictures = [np.asarray(Image.open(file).convert("L"), np.int16) for file in sorted(out.glob("*.png"))]
    assert len(pictures) == STEPS
    for before, after in pairwise(pictures):
        assert before.shape != after.shape or (np.abs(before - after) > 20).mean() > 0.001


def test_tour_md_names_every_screenshot_and_what_was_seen(out: Path) -> None:
    text = (out / "tour.md").read_text(encoding="utf-8")
    assert all(f"({file.name})" in text for file in out.glob("*.png"))
    assert "All steps were reached." in text
    assert str(out) not in text


def test_nothing_of_the_users_is_touched(out: Path) -> None:
    assert [path.name for path in out.parent.iterdir()] == ["out"]
