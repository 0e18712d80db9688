"""`import --trust`: models that are code, on the command line."""

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
