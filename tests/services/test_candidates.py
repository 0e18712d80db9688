from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from tests.services.companions import config_of
from vae_explorer.core.config import RunConfig
from vae_explorer.core.resources import resource
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.candidates import Candidate, candidates, counterpart


def _run(folder: Path, name: str, age_s: float = 0) -> Path:
    run = RunFolder.create(folder / name, config_of())
    run.save_weights({"weight": torch.zeros(1)})
    run.append_history({"step": 1, "epoch": 1})
    os.utime(run.path, (1e9 - age_s, 1e9 - age_s))
    return run.path


def test_the_newest_of_each_folder_comes_first(tmp_path: Path) -> None:
    paths = [_run(tmp_path / "a", "old", 9), _run(tmp_path / "a", "new", 1), _run(tmp_path / "b", "other")]
    found = candidates([tmp_path / "a", tmp_path / "b"])
    assert [candidate.path for candidate in found] == [paths[1], paths[0], paths[2]]
    assert found[0].name == "new"
    assert found[0].title == "VAE · mlp · bernoulli · 2-D"


def test_what_is_no_trained_run_is_passed_over(tmp_path: Path) -> None:
    kept = _run(tmp_path, "run")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "photos").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    RunFolder.create(tmp_path / "untrained", config_of())
    assert [candidate.path for candidate in candidates([tmp_path, tmp_path / "missing"])] == [kept]


def _candidate(config: RunConfig, name: str = "other") -> Candidate:
    return Candidate(Path("/runs") / name, name, config)


VAE, AE = config_of(objective="vae"), config_of(objective="ae")


@pytest.mark.parametrize(("one", "other"), [(VAE, AE), (AE, VAE), (config_of(objective="notes"), AE)])
def test_a_plain_autoencoder_goes_with_any_other_and_one_of_those_with_it(one: RunConfig, other: RunConfig) -> None:
    assert counterpart(one, [_candidate(one, "itself"), _candidate(other)]) == _candidate(other)


@pytest.mark.parametrize(
    "other",
    [
        VAE,
        config_of(3, "ae"),
        config_of(objective="ae", size=16),
        AE.model_copy(update={"data": AE.data.model_copy(update={"source": "/photos/others"})}),
    ],
    ids=["same objective", "other dimensions", "other shape", "other images"],
)
def test_what_would_show_something_else_is_no_counterpart(other: RunConfig) -> None:
    assert counterpart(VAE, [_candidate(other)]) is None


def test_where_all_else_is_equal_it_goes_before_newer_ones() -> None:
    linear = AE.model_copy(update={"model": AE.model.model_copy(update={"network": "linear"})})
    among = [_candidate(linear, "newer"), _candidate(AE, "twin"), _candidate(AE, "older twin")]
    found = counterpart(VAE, among)
    assert found is not None
    assert found.name == "twin"


def test_one_that_was_stopped_gives_way_to_one_that_was_not() -> None:
    stopped = Candidate(Path("/runs/stopped"), "stopped", AE, is_finished=False)
    assert counterpart(VAE, [stopped, _candidate(AE)]) == _candidate(AE)
    assert counterpart(VAE, [stopped]) == stopped


def test_the_sample_has_its_twin() -> None:
    found = candidates([resource("models")])
    sample = next(candidate for candidate in found if candidate.name == "digits-2d")
    twin = counterpart(sample.config, found)
    assert twin is not None
    assert twin.name == "digits-2d-ae"
    assert counterpart(twin.config, found) == sample
