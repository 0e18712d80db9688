"""`train`: what it makes, refuses and resumes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.running import Run
from vae_explorer.core import training
from vae_explorer.core.run_folder import RunFolder


def test_makes_a_run_and_tells_how_good_it_is(run: Run, small: list[str], pictures: Path, tmp_path: Path) -> None:
    said = run("train", pictures, "--out", tmp_path / "run", *small)
    assert said.status == 0
    assert said.out.startswith("Trained run: 2 of 2 epochs")
    assert "reconstruction" in said.out
    assert "bright/broken.png: the file is empty" in said.err
    assert "Training: epoch 2 of 2" in said.err
    assert RunFolder.open(tmp_path / "run").config.data.source == str(pictures)


def test_flags_reach_the_configuration(trained: Path) -> None:
    config = RunFolder.open(trained).config
    assert (config.model.latent_dims, config.training.epochs, config.data.image_size) == (3, 2, 8)
    assert config.model.network_settings["hidden"] == [8]


def test_refuses_what_exists(run: Run, pictures: Path, trained: Path, tmp_path: Path) -> None:
    before = sorted((path.name, path.read_bytes()) for path in trained.iterdir())
    assert "is a run already; give --resume" in run("train", pictures, "--out", trained).error()
    assert sorted((path.name, path.read_bytes()) for path in trained.iterdir()) == before
    assert "is no run" in run("train", pictures, "--out", tmp_path).error()
    assert "is no run" in run("train", pictures, "--out", pictures / "bright" / "broken.png").error()
    assert not list(tmp_path.iterdir())


def test_resumes_with_more_epochs_as_if_never_stopped(
    run: Run, small: list[str], pictures: Path, tmp_path: Path
) -> None:
    assert run("train", pictures, "--out", tmp_path / "twice", *small, "--epochs", "1").status == 0
    assert run("train", "--out", tmp_path / "twice", "--resume", "--epochs", "2").status == 0
    assert run("train", pictures, "--out", tmp_path / "once", *small).status == 0
    once, twice = (tmp_path / name / "model.safetensors" for name in ("once", "twice"))
    assert once.read_bytes() == twice.read_bytes()


def test_the_same_command_with_resume_goes_on(run: Run, small: list[str], pictures: Path, tmp_path: Path) -> None:
    command = ["train", pictures, "--out", tmp_path / "run", *small, "--resume"]
    assert run(*command).status == 0
    assert run(*command).status == 0


def test_resuming_changes_nothing_else(run: Run, trained: Path) -> None:
    line = run("train", "--out", trained, "--resume", "--latent-dims", "2").error()
    assert "“model.latent_dims” was 3" in line


def test_resuming_to_fewer_epochs_than_are_done_is_refused(run: Run, trained: Path) -> None:
    before = (trained / "config.json").read_bytes()
    line = run("train", "--out", trained, "--resume", "--epochs", "1").error()
    assert "has been trained for 2 epochs already" in line
    assert (trained / "config.json").read_bytes() == before


def test_a_trained_model_without_its_resume_state_is_not_begun_anew(run: Run, trained: Path, tmp_path: Path) -> None:
    stripped = shutil.copytree(trained, tmp_path / "stripped")
    (stripped / "resume.safetensors").unlink()
    before = sorted((path.name, path.read_bytes()) for path in stripped.iterdir())
    assert "holds no resume.safetensors" in run("train", "--out", stripped, "--resume", "--epochs", "9").error()
    assert sorted((path.name, path.read_bytes()) for path in stripped.iterdir()) == before


def test_a_run_that_was_killed_before_its_first_save_is_begun_anew(run: Run, trained: Path, tmp_path: Path) -> None:
    killed = shutil.copytree(trained, tmp_path / "killed")
    (killed / "resume.safetensors").unlink()
    (killed / "history.jsonl").unlink()
    assert run("train", "--out", killed, "--resume").status == 0


def test_takes_back_a_folder_in_which_training_never_began(
    run: Run, small: list[str], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training._Trainer, "__init__", _out_of_memory)
    assert "lower the batch size" in run("train", pictures, "--out", tmp_path / "run", *small).err
    assert not (tmp_path / "run").exists()


def test_a_run_that_diverges_says_so_and_fails(
    run: Run, small: list[str], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_arguments: object) -> None:
        raise training._Diverged

    monkeypatch.setattr(training._Trainer, "_check_finite", diverge)
    said = run("train", pictures, "--out", tmp_path / "run", *small)
    assert said.status == 1
    assert said.out == ""
    assert "NaN or infinite" in said.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--network", "vgg"], "There is no network called “vgg”"),
        (["--set", "beta"], "--set takes a name and a value"),
        (["--set", "gamma=1"], "There is no setting “gamma”"),
        (["--latent-dims", "0"], "latent_dims"),
        (["--latent-dims", "two"], "--latent-dims"),
        (["--channels", "2"], "channels"),
        (["--device", "cuda:99"], "There is no device “cuda:99”"),
        (["--epoch", "3"], "No such option"),
    ],
)
def test_bad_settings(run: Run, pictures: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in run("train", pictures, "--out", tmp_path / "run", *words).error()
    assert not list(tmp_path.iterdir())


def test_bad_images(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for images in ("nowhere", "sample:cats", str(tmp_path / "empty")):
        run("train", images, "--out", tmp_path / "run").error()
    assert "Say what to train on" in run("train", "--out", tmp_path / "run").error()
    assert not (tmp_path / "run").exists()


def _out_of_memory(*_arguments: object) -> None:
    raise MemoryError


def test_a_dry_run_tells_the_cost_and_writes_nothing(
    run: Run, small: list[str], pictures: Path, tmp_path: Path
) -> None:
    said = run("train", pictures, "--out", tmp_path / "run", *small, "--dry-run")
    assert said.status == 0
    rows = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert list(rows) == ["Network", "Weights", "Training", "Decode", "Step", "All"]
    assert rows["Network"].startswith("mlp, ")
    assert "encoder" in rows["Network"]
    assert rows["Step"].endswith("8 images")
    assert not list(tmp_path.iterdir())


def test_a_dry_run_of_resuming_leaves_the_run_alone(run: Run, trained: Path) -> None:
    before = sorted((path.name, path.read_bytes()) for path in trained.iterdir())
    assert run("train", "--out", trained, "--resume", "--epochs", "9", "--dry-run").status == 0
    assert sorted((path.name, path.read_bytes()) for path in trained.iterdir()) == before


def test_the_cost_is_told_before_training(run: Run, small: list[str], pictures: Path, tmp_path: Path) -> None:
    said = run("train", pictures, "--out", tmp_path / "run", *small)
    cost = next(line for line in said.err.splitlines() if "parameters" in line)
    assert "to train" in cost
    assert said.err.index(cost) < said.err.index("Training on")


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_what_the_machine_cannot_hold_is_refused_before_anything_is_made(
    run: Run, pictures: Path, tmp_path: Path, dry: list[str]
) -> None:
    giant = ["--network", "mlp", "--image-size", "512", "--set", f"hidden={','.join(['16384'] * 8)}", "--device", "cpu"]
    line = run("train", pictures, "--out", tmp_path / "run", *giant, *dry).error()
    assert "this machine has" in line
    assert not list(tmp_path.iterdir())


def test_other_images_and_images_that_are_gone_are_refused_before_training_is_announced(
    run: Run, trained: Path, pictures: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    shutil.copytree(pictures, images)
    out = tmp_path / "run"
    assert run("train", images, "--out", out, "--epochs", "1", "--image-size", "8").status == 0
    said = run("train", "sample:digits:20", "--out", out, "--resume", "--epochs", "2")
    assert said.status == 2
    assert "These are not the images that “run” was trained on" in said.err
    assert "Training on" not in said.err
    images.rename(tmp_path / "moved")
    line = run("train", "--out", out, "--resume", "--epochs", "2").error()
    assert f"no more at “{images}”; of a copy elsewhere: vae-explorer train IMAGES --out {out} --resume." in line
    assert run("train", tmp_path / "moved", "--out", out, "--resume", "--epochs", "2").status == 0
