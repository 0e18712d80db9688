"""`import --trust` and `trust`: models that are code, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.running import Run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder


def test_code_is_run_once_it_is_trusted(
    run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    assert run("export", trained, "--to", "torch-export", "--out", tmp_path / "graphs").status == 0
    refused = run("import", tmp_path / "graphs", "--out", tmp_path / "run").error()
    assert "“graphs” is code" in refused
    assert "--trust" in refused
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "data").exists()
    assert run("import", tmp_path / "graphs", "--out", tmp_path / "run", "--trust").status == 0
    folder = RunFolder.open(trained)
    codes = np.array([[0.5, -1, 0.2]], np.float32)
    assert run("decode", tmp_path / "run", "--z", "0.5,-1,0.2", "--out", tmp_path / "image.npz").status == 0
    with np.load(tmp_path / "image.npz") as decoded:
        expected = Decoder(folder.config, folder.load_weights()).decode(codes)
        assert np.abs(decoded["images"].astype(int) - expected).max() <= 1
    weights = folder.load_weights()
    facts = json.loads(run("info", tmp_path / "run", "--json").out)
    assert facts["parameters"] == sum(weight.numel() for weight in weights.values())
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "somebody else"))
    asked = run("decode", tmp_path / "run", "--z", "0.5,-1,0.2", "--out", tmp_path / "other.npz").error()
    assert "“run” is code" in asked


@pytest.fixture
def untrusted(run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run that holds code, which somebody else has trusted."""
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "somebody else"))
    run("export", trained, "--to", "torch-export", "--out", tmp_path / "graphs")
    run("import", tmp_path / "graphs", "--out", tmp_path / "a run", "--trust")
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "a run"


def test_each_command_says_how_code_is_trusted_and_then_runs_it(
    run: Run, untrusted: Path, pictures: Path, tmp_path: Path
) -> None:
    commands: list[tuple[object, ...]] = [
        ("evaluate", untrusted, pictures, "--metrics", "basic", "--json"),
        ("encode", untrusted, pictures, "--out", tmp_path / "codes.npz"),
        ("decode", untrusted, "--z", "0,0,0", "--out", tmp_path / "image.png"),
        ("grid", untrusted, "--steps", "2", "--out", tmp_path / "grid.png"),
    ]
    for words in commands:
        said = run(*words).error()
        assert "“a run” is code" in said
        assert f"trust it with vae-explorer trust '{untrusted}'" in said
    assert not (tmp_path / "data").exists()
    assert "“a run” is trusted from now on: SHA-256" in run("trust", untrusted).out
    assert run("trust", untrusted).out == "“a run” is trusted already.\n"
    for words in commands:
        assert run(*words).status == 0


def test_info_tells_whether_code_is_trusted(run: Run, untrusted: Path, trained: Path) -> None:
    assert json.loads(run("info", untrusted, "--json").out)["trusted"] is False
    assert f"vae-explorer trust '{untrusted}'" in run("info", untrusted).out
    run("trust", untrusted)
    assert json.loads(run("info", untrusted, "--json").out)["trusted"] is True
    assert "trusted here" in run("info", untrusted).out
    assert json.loads(run("info", trained, "--json").out)["trusted"] is None
    assert "Code" not in run("info", trained).out


def test_what_needs_no_trust(run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    assert "holds no code" in run("trust", trained).out
    assert "There is no run folder" in run("trust", tmp_path / "nowhere").error()
    assert not (tmp_path / "data").exists()
