"""`import`, and what the other commands make of what it wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.core.importers.stacks import Example, Generator, settled
from tests.running import Run

EXAMPLE = ["--activation", "relu", "--output", "sigmoid", "--posterior", "log_var"]
GENERATOR = ["--activation", "relu", "--output", "tanh"]


@pytest.fixture
def weights(tmp_path: Path) -> Any:
    """Return a function that saves a model's weights and returns it with their file."""

    def save(kind: Any) -> Any:
        model: Any = settled(kind)
        torch.save(model.state_dict(), tmp_path / "weights.pt")
        return model, tmp_path / "weights.pt"

    return save


def test_an_imported_model_decodes_encodes_and_is_told_of(run: Run, tmp_path: Path, weights: Any) -> None:
    theirs, path = weights(Example)
    said = run("import", path, "--out", tmp_path / "run", *EXAMPLE)
    assert said.status == 0, said.err
    assert "state-dict" in said.out
    assert "image size 8" in said.out
    codes = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)
    np.save(tmp_path / "codes.npy", codes)
    run("decode", tmp_path / "run", "--codes", tmp_path / "codes.npy", "--out", tmp_path / "images.npz")
    with torch.inference_mode():
        expected = theirs.decode(torch.from_numpy(codes)).permute(0, 2, 3, 1).numpy()
    assert np.abs(np.load(tmp_path / "images.npz")["images"] - 255 * expected).max() <= 0.51
    np.save(tmp_path / "pictures.npy", np.zeros((3, 8, 8), np.uint8))
    run("encode", tmp_path / "run", tmp_path / "pictures.npy", "--out", tmp_path / "encoded.npz")
    assert np.load(tmp_path / "encoded.npz")["mean"].shape == (3, 5)
    told = run("info", tmp_path / "run").out
    assert "weights.pt (state-dict)" in told
    assert "logits, chw" in told


def test_json_tells_what_was_found(run: Run, tmp_path: Path, weights: Any) -> None:
    _, path = weights(Generator)
    facts = json.loads(run("import", path, "--out", tmp_path / "run", *GENERATOR, "--json").out)
    assert facts["found"]["image_size"] == 16
    assert facts["found"]["latent_dims"] == 10
    assert facts["imported"] == {"format": "state-dict", "name": "weights.pt"}
    assert any("no encoder" in note for note in facts["notes"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Say: --output"),
        ("--output loud", "--output is one of sigmoid, tanh, raw, signed, not “loud”"),
        ("--activation relu --output sigmoid --posterior log_var --channels 2", "1 for grey images or 3 for colour"),
        (
            "--activation relu --output sigmoid --posterior log_var --image-size 9",
            "--image-size and --channels may help",
        ),
    ],
)
def test_what_cannot_be_imported(run: Run, tmp_path: Path, weights: Any, words: str, sentence: str) -> None:
    _, path = weights(Example)
    assert sentence in run("import", path, "--out", tmp_path / "run", *words.split()).error()
    assert not (tmp_path / "run").exists()


def test_what_nobody_told_of_a_model_is_not_made_up(run: Run, tmp_path: Path, weights: Any) -> None:
    _, path = weights(Generator)
    run("import", path, "--out", tmp_path / "run", *GENERATOR)
    told = " ".join(run("info", tmp_path / "run").out.split())
    assert "Objective not told by its files" in told
    assert "Encoder none: codes can be decoded" in told


@pytest.mark.parametrize("command", ["evaluate", "encode"])
def test_a_decoder_alone_is_refused_before_images_are_read(
    run: Run, tmp_path: Path, weights: Any, command: str
) -> None:
    _, path = weights(Generator)
    run("import", path, "--out", tmp_path / "run", *GENERATOR)
    out = {"encode": ["--out", tmp_path / "codes.npz"]}.get(command, [])
    assert "a decoder alone" in run(command, tmp_path / "run", tmp_path / "no-images", *out).error()


def test_nothing_is_overwritten(run: Run, tmp_path: Path, weights: Any) -> None:
    _, path = weights(Example)
    (tmp_path / "run").mkdir()
    assert "exists already" in run("import", path, "--out", tmp_path / "run", *EXAMPLE).error()


def test_a_decoder_alone_decodes_and_the_other_commands_say_what_it_lacks(
    run: Run, tmp_path: Path, weights: Any
) -> None:
    _, path = weights(Generator)
    run("import", path, "--out", tmp_path / "run", *GENERATOR)
    assert run("grid", tmp_path / "run", "--steps", "3", "--out", tmp_path / "grid.png").status == 0
    np.save(tmp_path / "pictures.npy", np.zeros((3, 16, 16, 3), np.uint8))
    pictures = tmp_path / "pictures.npy"
    for words in (("encode", "--out", tmp_path / "codes.npz"), ("evaluate",)):
        said = run(words[0], tmp_path / "run", pictures, *words[1:])
        assert said.status == 2
        assert "This model is a decoder alone" in said.err


def test_an_imported_model_is_not_trained_further(run: Run, tmp_path: Path, weights: Any) -> None:
    _, path = weights(Example)
    run("import", path, "--out", tmp_path / "run", *EXAMPLE)
    said = run("train", "--out", tmp_path / "run", "--resume")
    assert said.status == 2
    assert "training it further isn't possible here" in said.err


def test_what_export_wrote_is_told_as_our_own(run: Run, trained: Path, tmp_path: Path) -> None:
    run("export", trained, "--to", "safetensors", "--out", tmp_path / "model.safetensors")
    said = run("import", tmp_path / "model.safetensors", "--out", tmp_path / "run")
    assert said.out.startswith("Imported run: this program's own, ")
