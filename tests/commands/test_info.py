"""`info`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.running import Run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.presence import LIVE, Beat
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


def test_a_weight_that_was_changed_while_training_is_told(run: Run, trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "steered"
    shutil.copytree(trained, copy)
    lines = [json.loads(line) for line in (copy / "history.jsonl").read_text().splitlines()]
    lines[-1]["weight"] = 0.0
    (copy / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert json.loads(run("info", copy, "--json").out)["weights"] == [1, 0]
    assert "its regulariser × 1, then × 0" in run("info", copy).out
    assert "its regulariser" not in run("info", trained).out


def test_a_run_that_is_being_trained_says_by_whom(run: Run, trained: Path, tmp_path: Path) -> None:
    live = tmp_path / "live"
    shutil.copytree(trained, live)
    beat = Beat(host="node7", pid=42, token="t", step=3, total_steps=6, epoch=1, epochs=2)
    for paused, words in ((False, "is being trained"), (True, "is paused")):
        (live / LIVE).write_text(beat.model_copy(update={"paused": paused}).model_dump_json())
        assert f"It {words} on node7 (process 42), in epoch 1." in " ".join(run("info", live).out.split())
    assert json.loads(run("info", live, "--json").out)["trainer"]["host"] == "node7"
    assert json.loads(run("info", trained, "--json").out)["trainer"] is None


def test_a_file_is_no_run_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "small.npy").touch()
    assert "is not a run folder: it is a file (“vae-explorer import”" in run("info", tmp_path / "small.npy").error()


def test_a_damaged_configuration_is_told_with_its_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    assert f"The config.json in “{tmp_path}” is not valid JSON" in run("info", tmp_path).error()


def test_a_run_that_cannot_go_on_says_why(run: Run, trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "stopped"
    shutil.copytree(trained, copy)
    config = RunFolder.open(copy).config
    training = config.training.model_copy(update={"epochs": 9})
    RunFolder.open(copy).write_config(config.model_copy(update={"training": training}))
    assert "It can be resumed." in run("info", copy).out
    (copy / "resume.safetensors").write_bytes(b"{")
    assert "Its resume.safetensors is damaged, so that it can't go on." in " ".join(run("info", copy).out.split())
    (copy / "resume.safetensors").unlink()
    assert "It holds no resume.safetensors" in " ".join(run("info", copy).out.split())
    facts = json.loads(run("info", copy, "--json").out)
    assert (facts["state"], facts["resume_state"], facts["epoch"]) == ("stopped", "missing", 2)
