"""`grid`, and pictures of many images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.running import Run
from vae_explorer.commands.output import sheet
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.latent.board import Board
from vae_explorer.core.latent.grid import Axis, Spacing
from vae_explorer.core.latent.ranking import Ranking
from vae_explorer.core.run_folder import RunFolder

Floats = NDArray[np.float32]


def decoded(run: Path, codes: Floats) -> NDArray[np.uint8]:
    folder = RunFolder.open(run)
    return Decoder(folder.config, folder.load_weights()).decode(codes)


def plane(across: int, up: int, ends: tuple[float, float], steps: int, point: tuple[float, ...]) -> Floats:
    return Board.of_plane(Axis.of(across, ends, steps), Axis.of(up, ends, steps)).codes(point)


def written(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def encoded(run: Run, trained: Path, images: Path, path: Path) -> Any:
    assert run("encode", trained, images, "--out", path).status == 0
    return np.load(path)


def test_a_sheet_goes_row_by_row_from_the_top_left() -> None:
    images = np.arange(5, dtype=np.uint8).repeat(2 * 3 * 1).reshape(5, 2, 3, 1)
    picture = sheet(images, columns=2)[..., 0]
    assert picture.shape == (6, 6)
    assert np.array_equal(picture[::2, ::3], [[0, 1], [2, 3], [4, 0]])
    assert np.array_equal(picture[2:4, 3:], images[3, ..., 0])


def test_the_picture_shows_what_the_decoder_gives(run: Run, trained: Path, tmp_path: Path) -> None:
    words = ["--dims", "2,0", "--steps", "3", "--span", "-9,9", "--hold", "1=0.5"]
    assert run("grid", trained, *words, "--out", tmp_path / "grid.png").status == 0
    images = decoded(trained, plane(2, 0, (-9, 9), 3, (0, 0.5, 0)))
    assert len(np.unique(images, axis=0)) == 9
    assert np.array_equal(written(tmp_path / "grid.png"), sheet(images, 3)[..., 0])


def test_by_itself_it_draws_twenty_by_twenty_of_the_first_two(run: Run, trained: Path, tmp_path: Path) -> None:
    assert run("grid", trained, "--out", tmp_path / "grid.png").out.startswith("Wrote 400 images")
    images = decoded(trained, plane(0, 1, (-2.5, 2.5), 20, (0, 0, 0)))
    assert np.array_equal(written(tmp_path / "grid.png"), sheet(images, 20)[..., 0])


def test_one_dimension_is_a_row(run: Run, trained: Path, tmp_path: Path) -> None:
    assert run("grid", trained, "--dims", "1", "--steps", "4", "--out", tmp_path / "row.png").status == 0
    assert written(tmp_path / "row.png").shape == (8, 32)


def test_pixels_can_be_enlarged(run: Run, trained: Path, tmp_path: Path) -> None:
    for scale in (1, 3):
        words = ["--steps", "3", "--scale", scale]
        assert run("grid", trained, *words, "--out", tmp_path / f"{scale}.png").status == 0
    small, large = written(tmp_path / "1.png"), written(tmp_path / "3.png")
    assert np.array_equal(large, small.repeat(3, 0).repeat(3, 1))


def test_spacing_by_the_prior(run: Run, trained: Path, tmp_path: Path) -> None:
    words = ["--steps", "5", "--span", "-3,3", "--spacing", "quantile"]
    assert run("grid", trained, *words, "--out", tmp_path / "grid.png").status == 0
    axes = [Axis.of(dim, (-3, 3), 5, "quantile") for dim in (0, 1)]
    images = decoded(trained, Board.of_plane(*axes).codes((0, 0, 0)))
    assert np.array_equal(written(tmp_path / "grid.png"), sheet(images, 5)[..., 0])


@pytest.mark.parametrize("spacing", ["linear", "quantile"])
def test_ranges_and_quantiles_of_images(
    run: Run, trained: Path, pictures: Path, tmp_path: Path, spacing: Spacing
) -> None:
    words = ["--dims", "2,1", "--steps", "4", "--spacing", spacing, "--images", pictures]
    assert run("grid", trained, *words, "--out", tmp_path / "grid.png").status == 0
    mean = encoded(run, trained, pictures, tmp_path / "codes.npz")["mean"]
    low, high = np.quantile(mean, (0.005, 0.995), axis=0)
    axes = [Axis.of(dim, (low[dim], high[dim]), 4, spacing, mean[:, dim]) for dim in (2, 1)]
    images = decoded(trained, Board.of_plane(*axes).codes((0, 0, 0)))
    assert written(tmp_path / "grid.png") == pytest.approx(sheet(images, 4)[..., 0].astype(int), abs=1)


def test_axes_are_named_around_the_same_images(run: Run, trained: Path, tmp_path: Path) -> None:
    words = ["grid", trained, "--steps", "5", "--scale", "5"]
    assert run(*words, "--out", tmp_path / "plain.png").status == 0
    assert run(*words, "--axes", "--out", tmp_path / "axes.png").status == 0
    assert run(*words, "--names", "0=slant,1=Krümmung", "--out", tmp_path / "names.png").status == 0
    plain = written(tmp_path / "plain.png")
    for name in ("axes", "names"):
        page = written(tmp_path / f"{name}.png")
        left = page.shape[1] - 200 - (page[12:212] == 255).all(axis=(0, 2))[::-1].argmin()
        assert np.array_equal(page[12:212, left : left + 200, 0], plain)
    assert not np.array_equal(written(tmp_path / "axes.png"), written(tmp_path / "names.png"))


def test_all_pairs(run: Run, trained: Path, tmp_path: Path) -> None:
    words = ["--dims", "all", "--steps", "2", "--no-axes"]
    assert run("grid", trained, *words, "--out", tmp_path / "pairs.png").out.startswith("Wrote 12 images")
    page = written(tmp_path / "pairs.png")
    assert page.shape == (36, 36)
    for (top, left), dims in {(0, 0): (0, 1), (20, 0): (0, 2), (20, 20): (1, 2)}.items():
        images = decoded(trained, plane(*dims, (-2.5, 2.5), 2, (0, 0, 0)))
        assert np.array_equal(page[top : top + 16, left : left + 16], sheet(images, 2)[..., 0])


def test_rows_come_by_kl_where_images_tell_it(run: Run, trained: Path, pictures: Path, tmp_path: Path) -> None:
    words = ["grid", trained, "--traverse", "--steps", "3", "--span", "-2,2", "--no-axes"]
    assert run(*words, "--out", tmp_path / "rows.png").status == 0
    assert run(*words, "--images", pictures, "--out", tmp_path / "ranked.png").status == 0
    with encoded(run, trained, pictures, tmp_path / "codes.npz") as codes:
        order = Ranking.of(codes["mean"], codes["log_var"]).order
    rows = [sheet(decoded(trained, Board.of_rows([Axis.of(dim, (-2, 2), 3)]).codes((0, 0, 0))), 3) for dim in range(3)]
    for name, dims in (("rows", (0, 1, 2)), ("ranked", order)):
        page = written(tmp_path / f"{name}.png")
        assert page.shape == (3 * 8 + 2 * 4, 24)
        for place, dim in enumerate(dims):
            assert np.array_equal(page[12 * place : 12 * place + 8], rows[dim][..., 0])


def test_pairs_and_rows_have_names_unless_told_otherwise(run: Run, trained: Path, tmp_path: Path) -> None:
    for words in (["--dims", "all"], ["--traverse"], ["--traverse", "--dims", "2,0,1"]):
        assert run("grid", trained, *words, "--out", tmp_path / "named.png").status == 0
        assert run("grid", trained, *words, "--no-axes", "--out", tmp_path / "plain.png").status == 0
        assert written(tmp_path / "named.png").shape[1] > written(tmp_path / "plain.png").shape[1]


def test_too_large_a_picture(run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.core.picture.LARGEST_SIDE", 39)
    assert run("grid", trained, "--steps", "4", "--out", tmp_path / "x.png").status == 0
    assert "would be 40 pixels wide" in run("grid", trained, "--steps", "5", "--out", tmp_path / "y.png").error()
    assert (
        "would be 48 pixels" in run("grid", trained, "--steps", "3", "--scale", 2, "--out", tmp_path / "y.png").error()
    )
    assert not (tmp_path / "y.png").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dims", "0,3"], "dimensions are 0 to 2"),
        (["--dims", "0,0"], "different dimensions"),
        (["--dims", "0,1,2"], "A plane has two dimensions"),
        (["--dims", ""], "names the dimension “”"),
        (["--dims", "all,1"], "names the dimension “all”"),
        (["--traverse", "--dims", "0,3"], "dimensions are 0 to 2"),
        (["--dims", "x"], "names the dimension “x”"),
        (["--span", "2,-2"], "--span takes the lower end"),
        (["--span", "0,1e31"], "--span takes numbers"),
        (["--span", "0,1,2"], "--span takes the lower end"),
        (["--hold", "2"], "--hold takes dimensions with their values"),
        (["--hold", "2=x"], "--hold takes numbers"),
        (["--hold", "1=0.5"], "Dimension 1 can't be held"),
        (["--hold", "5=1"], "dimensions are 0 to 2"),
        (["--steps", "0"], "--steps"),
        (["--scale", "0"], "--scale"),
        (["--spacing", "log"], "--spacing"),
        (["--names", "slant"], "--names takes dimensions with their names"),
        (["--names", "0="], "--names takes dimensions with their names"),
        (["--names", "0=a\nb"], "--names takes dimensions with their names"),
        (["--names", "3=slant"], "dimensions are 0 to 2"),
        (["--class", "bright"], "This model is not conditional"),
        (["--images", "nowhere"], "nowhere"),
        (["--images", "sample:nothing"], "nothing"),
    ],
)
def test_bad_values(run: Run, trained: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in run("grid", trained, *words, "--out", tmp_path / "x.png").error()
    assert not list(tmp_path.iterdir())


def test_bad_outputs(run: Run, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in run("grid", trained, "--out", tmp_path / "folder.png").error()
    assert "must end in .png" in run("grid", trained, "--out", tmp_path / "grid.gif").error()
    with_folder = tmp_path / "none" / "grid.png"
    assert "There is no folder" in run("grid", trained, "--out", with_folder).error()
