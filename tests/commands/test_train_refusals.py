"""What `train` refuses before it begins: in one sentence, with nothing written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.running import Run, Said

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 8, 8), np.uint8)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, PIXELS)
    return path


def assert_refused(said: Said, sentence: str) -> None:
    """One line, after what told of reading the images."""
    assert (said.status, said.out) == (2, "")
    *progress, line = said.err.splitlines()
    assert sentence in line
    assert all(told.startswith("Reading images: ") for told in progress)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--latent-dims 0", "“latent_dims”: input should be greater than or equal to 1 (got 0)"),
        ("--latent-dims 10000", "The network “mlp” has codes of at most 64 numbers, not 10000"),
        ("--batch-size 19", "The batch size 19 is larger than the 18 images to train on; choose at most 18."),
        ("--batch-size 0", "“batch_size”: input should be greater than or equal to 1"),
        ("--learning-rate nan", "“learning_rate”: input should be a finite number"),
        ("--set beta=-1", "“beta”: input should be greater than or equal to 0 (got -1)"),
        ("--set beta=nan", "“beta”: input should be a finite number"),
        ("--set beta=inf", "“beta”: input should be a finite number"),
        ("--set beta=much", "“beta”: input should be a valid number"),
        ("--objective beta-vae --set warm_up_steps=-1", "“warm_up_steps”: input should be greater than or equal to 0"),
        ("--objective capacity --set capacity_steps=1.5", "“capacity_steps”: input should be a valid integer"),
        ("--objective beta-tcvae --set alpha=nan", "“alpha”: input should be a finite number"),
        ("--objective factor-vae --set discriminator=64,0", "“discriminator.1”"),
        ("--objective factor-vae --set discriminator=", "“discriminator”"),
        ("--objective dip-vae-i --set lambda_od=-2", "“lambda_od”"),
        ("--objective wae-mmd --set lambda_mmd=none", "“lambda_mmd”: input should be a valid number"),
        ("--objective info-vae --set lambda_mmd=0.5", "“lambda_mmd”: input should be greater than or equal to 1"),
        ("--objective cvae", "needs labels, and “images.npy” has none"),
        ("--likelihood gaussian --set variance=0", "“variance”: input should be greater than 0"),
        ("--likelihood gaussian --set learn_variance=perhaps", "“learn_variance”: input should be a valid boolean"),
    ],
)
def test_what_cannot_be_trained(run: Run, images: Path, tmp_path: Path, words: str, sentence: str) -> None:
    assert_refused(run("train", images, "--out", tmp_path / "run", *words.split()), sentence)
    assert list(tmp_path.iterdir()) == [images]


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (PIXELS[:1], "Training needs at least two images; “images.npy” has 1."),
        (np.repeat(PIXELS[:1], 20, axis=0), "All 20 images of “images.npy” are equal"),
    ],
    ids=["one image", "all equal"],
)
def test_images_that_nothing_can_be_learned_from(
    run: Run, images: Path, tmp_path: Path, pixels: np.ndarray, sentence: str
) -> None:
    np.save(images, pixels)
    assert_refused(run("train", images, "--out", tmp_path / "run"), sentence)
    assert list(tmp_path.iterdir()) == [images]


def test_images_without_a_name_are_not_those_of_the_working_folder(run: Run, tmp_path: Path) -> None:
    assert_refused(run("train", "", "--out", tmp_path / "run"), "No images are named")
    assert not list(tmp_path.iterdir())
