"""The runs on disk: listing and copying them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vae_explorer.core.config import DataConfig, ImportedFrom, RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.runs import copy_run, list_runs, new_run_path, objective_title, title_of

CONFIG = RunConfig(data=DataConfig(source="/photos/rings"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return RunFolder.create(tmp_path / "runs" / "one", CONFIG).path


def test_what_cannot_be_read_does_not_hide_the_others(run: Path) -> None:
    (run.parent / "no run").mkdir()
    (run.parent / "a file").write_text("")
    broken = RunFolder.create(run.parent / "broken", CONFIG).path
    (broken / "model.safetensors").write_bytes(b"")
    (broken / "history.jsonl").mkdir()
    assert [summary.name for summary in list_runs(run.parent)] == ["one"]
    assert list_runs(run.parent / "nowhere") == []


def test_names_are_never_taken_twice(tmp_path: Path) -> None:
    first = new_run_path(tmp_path, CONFIG)
    first.mkdir()
    assert first.name.startswith("rings vae 2-D ")
    assert not new_run_path(tmp_path, CONFIG).exists()


def test_a_run_on_a_portion_of_a_sample_has_a_name_fit_for_any_system(tmp_path: Path) -> None:
    config = RunConfig(data=DataConfig(source="sample:faces:200:3"))
    assert new_run_path(tmp_path, config).name.startswith("faces 200 3 vae 2-D ")


def test_a_run_on_a_part_of_a_dataset_is_named_by_the_dataset(tmp_path: Path) -> None:
    config = RunConfig(data=DataConfig(source="hf:someone/faces@train#1/3"))
    assert new_run_path(tmp_path, config).name.startswith("faces@train vae 2-D ")


def test_a_copy_holds_what_is_finished(run: Path, tmp_path: Path) -> None:
    (run / ".model.safetensors.part").write_bytes(b"half")
    target = copy_run(run, tmp_path / "copy")
    assert [path.name for path in target.iterdir()] == ["config.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "runs"]


def test_a_copy_inside_of_the_run_itself_ends(run: Path) -> None:
    copy_run(run, run / "copy")
    assert sorted(str(path.relative_to(run)) for path in run.rglob("*")) == ["config.json", "copy", "copy/config.json"]


def test_a_copy_may_hold_newer_weights(run: Path, tmp_path: Path) -> None:
    RunFolder.open(run).save_weights({"a": torch.zeros(2)})
    copy = RunFolder.open(copy_run(run, tmp_path / "copy", {"a": torch.ones(2)}))
    assert torch.equal(copy.load_weights()["a"], torch.ones(2))
    assert torch.equal(RunFolder.open(run).load_weights()["a"], torch.zeros(2))


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exists already"):
        copy_run(run, tmp_path / "runs")


@pytest.mark.parametrize("name", ["x" * 300, "no/such/folder"])
def test_a_place_that_cannot_be_is_told(run: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="could not be saved"):
        copy_run(run, tmp_path / name)


@pytest.mark.parametrize(
    ("name", "title"),
    [("vae", "VAE"), ("beta-tcvae", "β-TCVAE"), ("dip-vae-ii", "DIP-VAE-II"), ("wae-mmd", "WAE-MMD"),
     ("notes-log-var", "Notes-log-var"), ("capacity", "Capacity")],
)  # fmt: skip
def test_an_objective_is_named_as_people_write_it(name: str, title: str) -> None:
    assert objective_title(name) == title


def test_the_title_of_a_conditional_model_tells_how_many_classes() -> None:
    assert title_of(CONFIG) == "VAE · mlp · bernoulli · 2-D"
    model = CONFIG.model.model_copy(update={"classes": ("cat", "dog")})
    assert title_of(CONFIG.model_copy(update={"model": model})) == "VAE · mlp · bernoulli · 2-D · 2 classes"
    imported = CONFIG.model_copy(update={"imported": ImportedFrom(format="safetensors", name="weights")})
    assert title_of(imported) == "safetensors · bernoulli · 2-D", "its file doesn't tell what trained it"


def test_an_imported_model_is_named_by_its_format(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"imported": ImportedFrom(format="onnx", name="kl")})
    assert new_run_path(tmp_path, config).name.startswith("kl onnx 2-D ")
