"""`export`."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors import safe_open

from tests.running import Run
from vae_explorer.core.run_folder import RunFolder


def test_a_run_becomes_one_file(run: Run, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    said = run("export", trained, "--to", "safetensors", "--out", out)
    assert said.out == f"Wrote the model as safetensors to {out}.\n"
    with safe_open(out, framework="pt") as file:
        assert file.metadata()["config"] == RunFolder.open(trained).config.to_json()


def test_a_run_becomes_two_graphs(run: Run, trained: Path, tmp_path: Path) -> None:
    said = run("export", trained, "--to", "onnx", "--out", tmp_path / "graphs")
    assert said.status == 0
    assert said.err == ""
    assert sorted(path.name for path in (tmp_path / "graphs").iterdir()) == ["decoder.onnx", "encoder.onnx"]


@pytest.mark.parametrize(
    ("to", "out", "sentence"),
    [
        ("safetensors", "model.bin", "must end in .safetensors"),
        ("safetensors", "nowhere/model.safetensors", "There is no folder"),
        ("onnx", "taken", "exists already"),
        ("tflite", "model", "There is no format called “tflite”; there are: onnx, pythae, safetensors, torch-export."),
    ],
)
def test_bad_wishes(run: Run, trained: Path, tmp_path: Path, to: str, out: str, sentence: str) -> None:
    (tmp_path / "taken").mkdir()
    assert sentence in run("export", trained, "--to", to, "--out", tmp_path / out).error()
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
