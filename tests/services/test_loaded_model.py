"""A model that is on show, and what is measured of it."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from threading import Event

import pytest
import torch

from tests.services.conftest import MakeImages
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.metrics.base import figures_of
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import WEIGHTS
from vae_explorer.services.loaded_model import LoadedModel


def elbo(model: LoadedModel, images: ImageSet) -> float:
    first = next(model.measurer()(images, Event(), lambda _title, _share: None))
    value: float = figures_of([first])["elbo"]
    return value


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def test_what_is_measured_is_what_is_on_show_whatever_becomes_of_its_folder(run: Path, make_images: MakeImages) -> None:
    model = LoadedModel.open(run, "cpu")
    data = model.info.config.data
    images = make_images(size=data.image_size, channels=data.channels)
    before = elbo(model, images)
    (run / WEIGHTS).unlink()
    assert elbo(model, images) == before


def test_of_a_training_its_newest_snapshot_is_measured(run: Path, make_images: MakeImages) -> None:
    model = LoadedModel.open(run, "cpu")
    data = model.info.config.data
    images = make_images(size=data.image_size, channels=data.channels)
    before = elbo(model, images)
    weights = {name: torch.zeros_like(tensor) for name, tensor in load_model(run).state_dict().items()}
    model.take(weights)
    pixels = data.image_size**2 * data.channels
    assert elbo(model, images) == pytest.approx(-pixels * math.log(2)) != before
