"""The whole window without a screen: the real session and engine, a small model, real events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.windows import load_engine
from vae_explorer.screenshot import is_drawn
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store
from vae_explorer.ui.main_window import MainWindow


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def new_window(qapp: QApplication) -> Iterator[MainWindow]:
    """The window as it is before torch is there."""
    window = MainWindow(Session(Store(), SettingsFile()))
    window.resize(1280, 800)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def window(new_window: MainWindow, qtbot: QtBot) -> MainWindow:
    new_window.show()
    with qtbot.waitSignal(new_window.session.ready):
        new_window.session.start(load_engine, "cpu")
    return new_window


@pytest.fixture
def shown(window: MainWindow, trained: Path, qtbot: QtBot) -> MainWindow:
    """The window with a model of three latent dimensions and its images, all drawn, the probe's neighbours too."""
    window.session.open_model(trained)
    qtbot.waitUntil(lambda: is_drawn(window) and bool(window.image_pane.nearest.indices))
    return window
