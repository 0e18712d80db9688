"""`evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.running import Run


def test_json_is_one_object_alone(run: Run, trained: Path, pictures: Path) -> None:
    said = run("evaluate", trained, pictures, "--json")
    figures = json.loads(said.out)
    assert said.status == 0
    assert figures["elbo"] == pytest.approx(-(figures["reconstruction"] + figures["kl"]))
    assert sum(figures["kl_per_dim"]) == pytest.approx(figures["kl"])
    assert len(figures["kl_per_dim"]) == 3
    assert figures["images"] == 20
    assert figures["skipped"] == [{"file": "bright/broken.png", "reason": "the file is empty"}]


def test_a_table_for_people(run: Run, trained: Path, pictures: Path) -> None:
    assert "ELBO (nats)" in run("evaluate", trained, pictures).out


def test_a_plain_autoencoder_has_no_elbo(run: Run, small: list[str], pictures: Path, tmp_path: Path) -> None:
    run("train", pictures, "--out", tmp_path / "ae", "--objective", "ae", *small)
    figures = json.loads(run("evaluate", tmp_path / "ae", pictures, "--json").out)
    assert figures["elbo"] is None
    assert figures["reconstruction"] > 0
    assert run("encode", tmp_path / "ae", pictures, "--out", tmp_path / "codes.npz").status == 0
    with np.load(tmp_path / "codes.npz") as codes:
        assert "log_var" not in codes.files
