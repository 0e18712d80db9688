"""How the window comes to the screen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.app import show_on_screen


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
