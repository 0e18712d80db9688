"""The session with the real engine, on models that train in no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeArray, MakeRun, config_for, load_engine
from vae_explorer.core.data.base import ImageShape, read_images
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import AppState, Store


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def make_array(tmp_path: Path) -> MakeArray:
    """Return a function that writes images to a file and returns its path."""

    def make(name: str = "images", count: int = 40, size: int = 8, channels: int = 1) -> str:
        shape = (count, size, size, 3) if channels == 3 else (count, size, size)
        pixels = np.random.default_rng(len(name)).integers(0, 256, shape, np.uint8)
        path = tmp_path / f"{name}.npy"
        np.save(path, pixels)
        return str(path)

    return make


@pytest.fixture
def make_run(tmp_path: Path, make_array: MakeArray) -> MakeRun:
    """Return a function that trains a small run."""

    def make(name: str = "run", spec: str | None = None, **wishes: Any) -> Path:
        spec = spec or make_array()
        config = config_for(spec, **wishes)
        folder = RunFolder.create(tmp_path / name, config)
        run_training(config, read_images(spec, ImageShape(8, 1)), folder)
        return folder.path

    return make


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    session = Session(Store(AppState()), SettingsFile(tmp_path / "settings.json"))
    with qtbot.waitSignal(session.ready):
        session.start(load_engine, "cpu")
    yield session
    session.close()


@pytest.fixture
def heard(session: Session) -> Heard:
    return Heard(session)
