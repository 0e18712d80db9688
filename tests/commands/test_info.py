"""`info`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.running import Run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder


def test_json(run: Run, trained: Path) -> None:
    facts = json.loads(run("info", trained, "--json").out)
    decoder = Decoder(RunFolder.open(trained).config, RunFolder.open(trained).load_weights())
    assert facts["parameters"] == decoder.model.count_parameters()
    assert (facts["state"], facts["epoch"], facts["epochs"]) == ("finished", 2, 2)
    assert facts["config"]["model"]["latent_dims"] == 3
    assert facts["best"]["validation"]["loss"] <= facts["last"]["validation"]["loss"]


def test_text(run: Run, trained: Path) -> None:
    out = run("info", trained).out
    assert "mlp, bernoulli likelihood" in out
    assert "It is finished." in out


def test_what_is_no_run(run: Run, tmp_path: Path) -> None:
    assert "no run folder" in run("info", tmp_path / "none").error()
    assert "is not a run folder" in run("info", tmp_path).error()
    (tmp_path / "config.json").write_text("{")
    assert "not valid JSON" in run("info", tmp_path).error()
