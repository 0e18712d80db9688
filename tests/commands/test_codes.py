"""`encode` and `decode`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.running import Run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder


@pytest.fixture
def codes(run: Run, trained: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the codes of the pictures, as encode writes them."""
    path = tmp_path_factory.mktemp("codes") / "codes.npz"
    assert run("encode", trained, pictures, "--out", path).status == 0
    return path


def test_encode_keeps_names_and_labels(codes: Path, pictures: Path) -> None:
    with np.load(codes) as file:
        assert file["mean"].shape == file["log_var"].shape == (20, 3)
        assert file["mean"].dtype == file["log_var"].dtype == np.float32
        assert all((pictures / path).is_file() for path in file["paths"])
        assert b"dark/\xff.png" in [os.fsencode(path) for path in file["paths"]]
        labels = file["label_names"][file["labels"]]
        assert list(labels) == [Path(path).parent.name for path in file["paths"]]


def test_images_without_labels(run: Run, trained: Path, pictures: Path, tmp_path: Path) -> None:
    assert run("encode", trained, pictures / "bright", "--out", tmp_path / "codes.npz").status == 0
    with np.load(tmp_path / "codes.npz") as file:
        assert set(file["labels"]) == {-1}
        assert len(file["label_names"]) == 0


def test_several_processes_do_not_write_one_file(
    run: Run, trained: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    line = run("encode", trained, pictures, "--out", tmp_path / "codes.npz").error()
    assert line == "Several processes encode to a folder, not to one file: give --out a name without “.npz”."
    assert not list(tmp_path.iterdir())


def test_what_is_there_already_is_not_told_as_written(run: Run, trained: Path, pictures: Path, tmp_path: Path) -> None:
    words = ["encode", trained, pictures, "--out", tmp_path / "codes"]
    assert run(*words).out == f"Wrote 20 codes to {tmp_path / 'codes'}.\n"
    assert run(*words).out == f"Wrote 0 of 20 codes to {tmp_path / 'codes'}; the others were there already.\n"


def test_decode_gives_what_the_decoder_gives(run: Run, trained: Path, codes: Path, tmp_path: Path) -> None:
    assert run("decode", trained, "--codes", codes, "--out", tmp_path / "images.npz").status == 0
    with np.load(tmp_path / "images.npz") as file, np.load(codes) as coded:
        images = file["images"]
        folder = RunFolder.open(trained)
        expected = Decoder(folder.config, folder.load_weights()).decode(coded["mean"])
    assert images.dtype == np.uint8
    assert np.array_equal(images, expected)


def test_decode_draws_a_sheet(run: Run, trained: Path, codes: Path, tmp_path: Path) -> None:
    assert run("decode", trained, "--codes", codes, "--out", tmp_path / "sheet.png").status == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert (sheet.size, sheet.mode) == ((5 * 8, 4 * 8), "L")


def test_decode_one(run: Run, trained: Path, tmp_path: Path) -> None:
    said = run("decode", trained, "--z", "-1,0.5,0", "--out", tmp_path / "one.png")
    assert said.out == f"Wrote 1 image to {tmp_path}/one.png.\n"
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.size == (8, 8)


def test_an_array_of_codes_will_do(run: Run, trained: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.zeros((2, 3)))
    said = run("decode", trained, "--codes", tmp_path / "codes.npy", "--out", tmp_path / "images.npz")
    assert "2 images" in said.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--z", "0,0"], "codes have 3 numbers"),
        (["--z", "0,a,0"], "--z takes numbers"),
        (["--z", "0,nan,0"], "--z takes numbers"),
        ([], "either --z"),
        (["--z", "0,0,0", "--codes", "x.npz"], "either --z"),
        (["--codes", "nowhere.npz"], "There is no file “nowhere.npz”"),
        (["--codes", __file__], "can't be read: it is damaged"),
    ],
)
def test_bad_codes(run: Run, trained: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in run("decode", trained, *words, "--out", tmp_path / "x.png").error()
    assert not list(tmp_path.iterdir())


def test_files_of_other_things(run: Run, trained: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "flat.npz", mean=np.zeros(3))
    np.savez(tmp_path / "other.npz", x=np.zeros((1, 3)))
    np.savez(tmp_path / "words.npz", mean=np.array([["a"]]))
    np.savez(tmp_path / "pickled.npz", mean=np.array([[None]]))
    np.savez(tmp_path / "infinite.npz", mean=np.full((1, 3), np.inf))
    np.savez(tmp_path / "beyond float32.npz", mean=np.full((1, 3), 1e300))
    for path in list(tmp_path.iterdir()):
        run("decode", trained, "--codes", path, "--out", tmp_path / "x.png").error()


def test_damaged_codes_are_told_as_bad_input(run: Run, trained: Path, codes: Path, tmp_path: Path) -> None:
    whole = codes.read_bytes()
    damaged = tmp_path / "codes.npz"
    for place in (26, 30, 60, 100, 200, len(whole) - 30):
        damaged.write_bytes(whole[:place] + b"\xff\x07" + whole[place + 2 :])
        said = run("decode", trained, "--codes", damaged, "--out", tmp_path / "images.npz")
        assert said.status in (0, 2)
        assert "Error" not in said.err


def test_a_folder_of_codes_is_decoded_as_a_file_of_them(
    run: Run, trained: Path, codes: Path, pictures: Path, tmp_path: Path
) -> None:
    run("encode", trained, pictures, "--out", tmp_path / "codes")
    images = []
    for place in (codes, tmp_path / "codes"):
        assert run("decode", trained, "--codes", place, "--out", tmp_path / "images.npz").status == 0
        with np.load(tmp_path / "images.npz") as file:
            images.append(file["images"])
    assert np.array_equal(*images)
    assert "no folder of codes" in run("decode", trained, "--codes", tmp_path, "--out", tmp_path / "x.png").error()


def test_a_picture_is_no_file_of_codes(run: Run, trained: Path, tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "x.png")
    line = run("decode", trained, "--codes", tmp_path / "x.png", "--out", tmp_path / "y.png").error()
    assert line.endswith("can't be read: it is damaged, or no array file (.npy or .npz).")


def test_a_folder_of_something_else_is_refused_before_images_are_read(
    run: Run, trained: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    for out, sentence in (("notes", "exists already and holds no codes"), ("no/codes", "There is no folder")):
        assert sentence in run("encode", trained, pictures / "nowhere", "--out", tmp_path / out).error()


def test_codes_by_another_model_are_refused_before_images_are_read(
    run: Run, trained: Path, pictures: Path, tmp_path: Path
) -> None:
    assert run("train", pictures, "--out", tmp_path / "other", "--image-size", "8", "--epochs", "1").status == 0
    assert run("encode", tmp_path / "other", pictures, "--out", tmp_path / "codes").status == 0
    line = run("encode", trained, pictures / "nowhere", "--out", tmp_path / "codes").error()
    assert "holds codes by another model" in line


def test_of_several_processes_the_first_tells_what_is_wrong(
    run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("vae_explorer.core.launch.time.sleep", waited.append)
    for rank in ("0", "1"):
        for name, value in {"RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
            monkeypatch.setenv(name, value)
        assert "There is no run folder" in run("encode", tmp_path / "none", "x", "--out", tmp_path / "codes").error()
        assert len(waited) == int(rank)
