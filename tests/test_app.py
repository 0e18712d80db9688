"""How the window comes to the screen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer import app
from vae_explorer.app import make_window, show_on_screen


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


def test_an_exception_that_nothing_caught_is_told_and_keeps_nothing_alive(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window = make_window((800, 600))
    try:
        error = ValueError("a fault in a view")
        sys.excepthook(ValueError, error, None)
        assert "ValueError: a fault in a view" in window.notice.text()
        assert "a fault in a view" in capsys.readouterr().err
        assert sys.last_traceback is None
    finally:
        window.close()
        window.deleteLater()


def test_a_file_that_has_gone_is_told_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(app, "LOOK_EVERY_MS", 20)
    lost = [0]
    monkeypatch.setattr(app, "count_lost", lambda: lost[0])
    window = make_window((800, 600))
    window.show()
    try:
        qtbot.wait(60)
        assert window.notice.text() == ""
        lost[0] = 5
        qtbot.waitUntil(lambda: "can't be read any more" in window.notice.text())
        window.notice.clear()
        qtbot.wait(60)
        assert window.notice.text() == ""
    finally:
        window.close()
        window.deleteLater()
