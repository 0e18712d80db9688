"""`open --screenshot`: the window closes by itself, also where it would have to ask somebody."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.core.importers.code_files import Vae, scripted, trusted
from tests.core.importers.stacks import Example, Generator, settled
from tests.patience import PATIENCE_S
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.screenshot import Screenshot
from vae_explorer.ui.main_window import MainWindow

PATIENCE_MS = 1000 * PATIENCE_S


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the exit statuses that the application was ended with."""
    ended: list[int] = []
    monkeypatch.setattr(QApplication, "exit", ended.append)
    return ended


def test_code_that_nobody_trusts_ends_it_with_a_sentence(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, statuses: list[int], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run = write_run(trusted(scripted(Vae(), tmp_path / "decoder.pt")), tmp_path / "run").path
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "somebody else"))
    Screenshot(window, tmp_path / "window.png")
    window.session.open_model(run)
    qtbot.waitUntil(lambda: bool(statuses), timeout=PATIENCE_MS)
    assert statuses == [2]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("“run” is code, which could do harm")
    assert f"trust it with vae-explorer trust {run}" in line


def test_a_model_that_must_be_asked_about_ends_it_with_a_sentence(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, statuses: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(settled(Example).state_dict(), tmp_path / "weights.pt")
    Screenshot(window, tmp_path / "window.png")
    window.session.open_path(tmp_path / "weights.pt")
    qtbot.waitUntil(lambda: bool(statuses), timeout=PATIENCE_MS)
    assert statuses == [2]
    assert "--output" in capsys.readouterr().err


def test_a_decoder_alone_is_drawn_without_codes(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, statuses: list[int]
) -> None:
    torch.save(settled(Generator).state_dict(), tmp_path / "weights.pt")
    imported = import_model(tmp_path / "weights.pt", Generator.known)
    Screenshot(window, tmp_path / "window.png")
    window.session.open_model(write_run(imported, tmp_path / "run").path)
    qtbot.waitUntil(lambda: bool(statuses), timeout=PATIENCE_MS)
    assert statuses == [0]
    assert (tmp_path / "window.png").stat().st_size
