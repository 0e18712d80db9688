"""A conditional model on the command line: trained, encoded with, decoded and told of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import SMALL
from tests.running import Run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder

LONGER = ["--epochs", "60", "--learning-rate", "0.01"]


@pytest.fixture(scope="module")
def conditional(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on the two classes of pictures, bright and dark."""
    from vae_explorer.__main__ import main

    folder = tmp_path_factory.mktemp("runs") / "conditional"
    assert main(["train", str(pictures), "--out", str(folder), "--objective", "cvae", *SMALL, *LONGER]) == 0
    return folder


@pytest.fixture
def codes(run: Run, conditional: Path, pictures: Path, tmp_path: Path) -> Path:
    assert run("encode", conditional, pictures, "--out", tmp_path / "codes.npz").status == 0
    return tmp_path / "codes.npz"


def brightness(path: Path) -> list[float]:
    with np.load(path) as file:
        return [float(image.mean()) for image in file["images"]]


def test_info_tells_the_classes(run: Run, conditional: Path) -> None:
    assert "2 dimensions, conditional on 2 classes: bright, dark" in run("info", conditional).out
    assert json.loads(run("info", conditional, "--json").out)["config"]["model"]["classes"] == ["bright", "dark"]


def test_images_come_back_from_codes_and_labels_alone(run: Run, conditional: Path, codes: Path, tmp_path: Path) -> None:
    said = run("decode", conditional, "--codes", codes, "--out", tmp_path / "images.npz")
    assert (said.status, said.err) == (0, "")
    with np.load(codes) as file:
        bright = file["label_names"][file["labels"]] == "bright"
    assert bright.sum() == 10
    assert [value > 128 for value in brightness(tmp_path / "images.npz")] == bright.tolist()


def test_a_class_is_named_for_all(run: Run, conditional: Path, codes: Path, tmp_path: Path) -> None:
    run("decode", conditional, "--codes", codes, "--class", "dark", "--out", tmp_path / "images.npz")
    assert max(brightness(tmp_path / "images.npz")) < 128
    run("decode", conditional, "--z", "0,0", "--class", "dark", "--out", tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as one:
        assert np.asarray(one).mean() < 128


def test_a_grid_is_of_one_class(run: Run, conditional: Path, pictures: Path, tmp_path: Path) -> None:
    for name, is_bright in (("bright", True), ("dark", False)):
        words = ["--class", name, "--images", pictures, "--steps", "3", "--no-axes"]
        said = run("grid", conditional, *words, "--out", tmp_path / "grid.png")
        assert "Decoded as" not in said.err
        with Image.open(tmp_path / "grid.png") as picture:
            assert (np.asarray(picture).mean() > 128) == is_bright


def test_where_no_class_is_known_it_is_the_first_and_that_is_said(run: Run, conditional: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.zeros((3, 2)))
    for words in (["--codes", tmp_path / "codes.npy"], ["--z", "0,0"]):
        said = run("decode", conditional, *words, "--out", tmp_path / "images.npz")
        assert said.err == "Decoded as “bright”, the first of 2 classes; --class names another.\n"
        assert min(brightness(tmp_path / "images.npz")) > 128


def test_classes_that_are_none(run: Run, trained: Path, conditional: Path, tmp_path: Path) -> None:
    out = ["--out", tmp_path / "x.png"]
    assert (
        "labels bright, dark, but not “grey”"
        in run("decode", conditional, "--z", "0,0", "--class", "grey", *out).error()
    )
    assert "not conditional" in run("decode", trained, "--z", "0,0,0", "--class", "dark", *out).error()


@pytest.mark.parametrize("labels", [[0], [0, 2], [-1, 0], [0.5, 0], [[0, 1]]])
def test_labels_that_do_not_fit_the_codes(run: Run, conditional: Path, tmp_path: Path, labels: list[object]) -> None:
    names = np.array(["bright", "dark"])
    np.savez(tmp_path / "codes.npz", mean=np.zeros((2, 2)), labels=np.array(labels), label_names=names)
    said = run("decode", conditional, "--codes", tmp_path / "codes.npz", "--out", tmp_path / "x.npz")
    assert "are not one for each code" in said.error()


def test_damaged_labels_are_told_as_bad_input(run: Run, conditional: Path, codes: Path, tmp_path: Path) -> None:
    whole = codes.read_bytes()
    place = whole.index(b"labels.npy") + 80
    codes.write_bytes(whole[:place] + b"\xff\x07" + whole[place + 2 :])
    said = run("decode", conditional, "--codes", codes, "--out", tmp_path / "x.npz")
    assert "codes.npz” can't be read: it is damaged" in said.error()


def test_codes_of_another_models_classes(run: Run, conditional: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "codes.npz", mean=np.zeros((1, 2)), labels=np.zeros(1, int), label_names=np.array(["grey"]))
    said = run("decode", conditional, "--codes", tmp_path / "codes.npz", "--out", tmp_path / "x.npz")
    assert "but not “grey”" in said.error()


def test_encode_decodes_and_evaluates_with_labels(run: Run, conditional: Path, codes: Path, pictures: Path) -> None:
    folder = RunFolder.open(conditional)
    with np.load(codes) as file:
        swapped = Decoder(folder.config, folder.load_weights()).decode(file["mean"], 1 - file["labels"])
        kept = Decoder(folder.config, folder.load_weights()).decode(file["mean"], file["labels"])
    assert not np.array_equal(swapped, kept)
    figures = json.loads(run("evaluate", conditional, pictures, "--metrics", "basic", "--json").out)
    assert figures["images"] == 20


def test_images_without_labels_are_refused_before_anything_is_written(
    run: Run, conditional: Path, pictures: Path, tmp_path: Path, small: list[str]
) -> None:
    bright = pictures / "bright"
    for words in (
        ["encode", conditional, bright, "--out", tmp_path / "codes.npz"],
        ["evaluate", conditional, bright],
        ["train", bright, "--out", tmp_path / "run", "--objective", "cvae", *small],
    ):
        said = run(*words)
        assert (said.status, said.out) == (2, "")
        assert "“bright” has" in said.err.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_it_is_resumed_by_the_same_words(run: Run, pictures: Path, tmp_path: Path, small: list[str]) -> None:
    words = ["train", pictures, "--out", tmp_path / "run", "--objective", "cvae", *small]
    assert run(*words).status == 0
    assert run(*words, "--epochs", "3", "--resume").status == 0
    assert RunFolder.open(tmp_path / "run").status.epoch == 3
