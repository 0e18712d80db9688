"""The script that tidies a model before it ships."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from vae_explorer.core.data.base import Images, read_images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import Codes, encode_images
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import RESUME


@pytest.fixture
def tidy_model() -> ModuleType:
    path = Path(__file__).parents[1] / "resources" / "tidy_model.py"
    spec = importlib.util.spec_from_file_location("tidy_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_copy(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def seen_through(run: Path) -> tuple[Codes, Images]:
    """The codes of a model's own images, and what it makes of them."""
    model = load_model(run)
    data = model.config.data
    codes = encode_images(model, read_images(data.source, data.shape).images)
    return codes, Decoder(model.config, model.state_dict()).decode(codes.mean)


def test_codes_become_standard_and_images_stay(
    tidy_model: ModuleType, run_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy_model, "_ACTIVE_VARIANCE", -1.0)  # all of them
    _, before = seen_through(run_copy)
    tidy_model.main(run_copy)
    codes, after = seen_through(run_copy)
    assert abs(before.astype(int) - after).max() <= 1
    assert codes.log_var is not None
    assert np.allclose(codes.mean.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(codes.mean.var(axis=0) + np.exp(codes.log_var).mean(axis=0), 1, atol=1e-3)
    kl = (np.exp(codes.log_var) - 1 - codes.log_var + codes.mean**2).mean(axis=0)
    assert (np.diff(kl) <= 1e-3).all()
    assert not (run_copy / RESUME).exists()


def test_dimensions_that_tell_nothing_are_cut_off(
    tidy_model: ModuleType, run_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy_model, "_ACTIVE_VARIANCE", 2.0)  # none of them
    tidy_model.main(run_copy)
    codes, images = seen_through(run_copy)
    assert not codes.mean.any()
    assert codes.log_var is not None
    assert not codes.log_var.any()
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == 1
