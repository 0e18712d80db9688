"""Models that real libraries make and save, and what they themselves decode."""

from __future__ import annotations

import warnings

import pytest
import torch

from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.model import load_model


@pytest.fixture
def pythae():
    """The library; its import warns of what is deprecated since."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pythae import models
    return models


@pytest.fixture
def imported(tmp_path):
    """Import a file or folder, write it as a run, and load that as any run is loaded."""

    def run(path, wishes=None):
        return load_model(write_run(import_model(path, wishes), tmp_path / "run").path)

    return run


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)
