"""`grid`, and pictures of many images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.running import Run
from vae_explorer.commands.grid_command import grid_codes
from vae_explorer.commands.output import sheet
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder


def test_the_first_dimension_grows_rightwards_and_the_second_upwards() -> None:
    codes = grid_codes(4, [2, 0], 3, (-1, 2), {1: 0.5}).reshape(3, 3, 4)
    assert np.array_equal(codes[0, 2], [2, 0.5, 2, 0])
    assert np.array_equal(codes[2, 0], [-1, 0.5, -1, 0])
    assert np.array_equal(codes[2, 2], [-1, 0.5, 2, 0])
    assert np.array_equal(codes[1, 1], [0.5, 0.5, 0.5, 0])


def test_a_single_step_is_the_middle() -> None:
    assert np.array_equal(grid_codes(2, [0, 1], 1, (-1, 3), {}), [[1, 1]])


def test_one_dimension_makes_a_row() -> None:
    assert np.array_equal(grid_codes(2, [1], 3, (-1, 1), {}), [[0, -1], [0, 0], [0, 1]])


def test_a_sheet_goes_row_by_row_from_the_top_left() -> None:
    images = np.arange(5, dtype=np.uint8).repeat(2 * 3 * 1).reshape(5, 2, 3, 1)
    picture = sheet(images, columns=2)[..., 0]
    assert picture.shape == (6, 6)
    assert np.array_equal(picture[::2, ::3], [[0, 1], [2, 3], [4, 0]])
    assert np.array_equal(picture[2:4, 3:], images[3, ..., 0])


def test_the_picture_shows_what_the_decoder_gives(run: Run, trained: Path, tmp_path: Path) -> None:
    words = ["--dims", "2,0", "--steps", "3", "--span", "-9,9", "--hold", "1=0.5"]
    assert run("grid", trained, *words, "--out", tmp_path / "grid.png").status == 0
    folder = RunFolder.open(trained)
    images = Decoder(folder.config, folder.load_weights()).decode(grid_codes(3, [2, 0], 3, (-9, 9), {1: 0.5}))
    assert len(np.unique(images, axis=0)) == 9
    assert np.array_equal(np.asarray(Image.open(tmp_path / "grid.png")), sheet(images, 3)[..., 0])


def test_too_large_a_picture(run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.commands.output.LARGEST_SIDE", 39)
    assert run("grid", trained, "--steps", "4", "--out", tmp_path / "x.png").status == 0
    assert "would be 40 pixels wide" in run("grid", trained, "--steps", "5", "--out", tmp_path / "x.png").error()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dims", "0,3"], "dimensions are 0 to 2"),
        (["--dims", "0,0"], "two different dimensions"),
        (["--dims", "x"], "names the dimension “x”"),
        (["--span", "2,-2"], "--span takes the lower end"),
        (["--span", "0,1,2"], "--span takes the lower end"),
        (["--hold", "2"], "--hold takes dimensions with their values"),
        (["--hold", "2=x"], "--hold takes numbers"),
        (["--hold", "1=0.5"], "Dimension 1 can't be held"),
        (["--hold", "5=1"], "dimensions are 0 to 2"),
        (["--steps", "0"], "--steps"),
    ],
)
def test_bad_values(run: Run, trained: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in run("grid", trained, *words, "--out", tmp_path / "x.png").error()
    assert not list(tmp_path.iterdir())


def test_bad_outputs(run: Run, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in run("grid", trained, "--out", tmp_path / "folder.png").error()
    assert "must end in .png" in run("grid", trained, "--out", tmp_path / "grid.gif").error()
    assert "There is no folder" in run("grid", trained, "--out", tmp_path / "none" / "grid.png").error()
