"""`evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    out = run("evaluate", trained, pictures).out
    assert all(name in out for name in ("ELBO", "nats", "IS-NLL", "PSNR", "The code at work"))


def test_a_plain_autoencoder_has_no_elbo(run: Run, small: list[str], pictures: Path, tmp_path: Path) -> None:
    run("train", pictures, "--out", tmp_path / "ae", "--objective", "ae", *small)
    figures = json.loads(run("evaluate", tmp_path / "ae", pictures, "--json").out)
    assert figures["elbo"] is None
    assert figures["reconstruction"] > 0
    assert run("encode", tmp_path / "ae", pictures, "--out", tmp_path / "codes.npz").status == 0
    with np.load(tmp_path / "codes.npz") as codes:
        assert "log_var" not in codes.files


def test_json_holds_the_metrics_that_apply_and_the_reasons_of_the_others(
    run: Run, trained: Path, pictures: Path
) -> None:
    figures = json.loads(run("evaluate", trained, pictures, "--importance-samples", "7", "--json").out)
    assert (figures["is_nll"]["k"], figures["is_nll"]["images"]) == (7, 20)
    assert figures["code_at_work"]["classification"]["classes"] == 2
    assert figures["mig"] is None
    assert "true factors" in figures["not_applicable"]["mig"]


def test_metrics_can_be_chosen(run: Run, trained: Path, pictures: Path) -> None:
    basic = json.loads(run("evaluate", trained, pictures, "--metrics", "basic", "--json").out)
    assert basic.keys() == {
        *("elbo", "reconstruction", "kl", "kl_per_dim", "active_units", "images", "skipped", "not_applicable")
    }
    assert "mmd" in json.loads(run("evaluate", trained, pictures, "--metrics", "mmd", "--json").out)


def test_a_metric_that_is_not_there_is_told_before_images_are_read(run: Run, trained: Path) -> None:
    assert "no metric “gim”; there are: all, basic" in run("evaluate", trained, "nowhere", "--metrics", "gim").error()


def test_what_is_stored_comes_back_from_codes_alone(run: Run, trained: Path, pictures: Path, tmp_path: Path) -> None:
    """The PSNR that evaluate tells is that of the images which decode makes of the file that encode wrote."""
    run("encode", trained, pictures, "--out", tmp_path / "codes.npz")
    run("decode", trained, "--codes", tmp_path / "codes.npz", "--out", tmp_path / "images.npz")
    with np.load(tmp_path / "images.npz") as restored, np.load(tmp_path / "codes.npz") as codes:
        originals = [np.asarray(Image.open(pictures / path)) for path in codes["paths"]]
        assert codes["mean"].nbytes == 20 * 12
        error = np.mean((restored["images"][..., 0].astype(float) - originals) ** 2)
    storage = json.loads(run("evaluate", trained, pictures, "--json").out)["code_at_work"]["storage"]
    assert storage["code_bytes"] == 12
    assert storage["psnr_db"] == pytest.approx(10 * np.log10(255**2 / error), abs=0.01)
