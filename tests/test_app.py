"""How the window comes to the screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer import app
from vae_explorer.app import make_window, show_on_screen
from vae_explorer.core.errors import ChangedError
from vae_explorer.ui.main_window import MainWindow


def test_a_window_is_shown_no_larger_than_the_screen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    room = window.screen().availableGeometry().size()
    window.resize(room.width() + 400, room.height() - 100)
    show_on_screen(window)
    assert window.isVisible()
    assert window.isMaximized()
    assert window.normalGeometry().width() == room.width()


def test_a_window_that_fits_keeps_its_size(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(500, 400)
    show_on_screen(window)
    assert window.isVisible()
    assert not window.isMaximized()
    assert (window.width(), window.height()) == (500, 400)


@pytest.fixture
def small_window(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MainWindow]:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(app, "LOOK_EVERY_MS", 20)
    window = make_window((800, 600))
    yield window
    window.close()
    window.deleteLater()


def test_what_a_view_could_not_read_is_one_sentence(
    small_window: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "“a.npy” has changed while it was open: open it again."
    sys.excepthook(ChangedError, ChangedError(words), None)
    assert small_window.notice.text() == words
    assert capsys.readouterr().err == ""


def test_an_exception_that_nothing_caught_is_told_and_keeps_nothing_alive(
    small_window: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ValueError("a fault in a view")
    sys.excepthook(ValueError, error, None)
    assert "ValueError: a fault in a view" in small_window.notice.text()
    assert "a fault in a view" in capsys.readouterr().err
    assert sys.last_traceback is None


def test_a_file_that_has_gone_is_told_once(
    small_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [0]
    monkeypatch.setattr(app, "count_lost", lambda: lost[0])
    small_window.show()
    qtbot.wait(60)
    assert small_window.notice.text() == ""
    lost[0] = 5
    qtbot.waitUntil(lambda: "can't be read any more" in small_window.notice.text())
    small_window.notice.clear()
    qtbot.wait(60)
    assert small_window.notice.text() == ""
