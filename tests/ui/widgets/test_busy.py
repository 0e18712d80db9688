from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.busy import Busy


def test_what_takes_long_is_told_until_it_is_over(qtbot: QtBot) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    over.show()
    busy = Busy(over)
    busy.say("sorting", "Sorting 10 000 000 points…")
    assert not busy.isVisible()
    qtbot.waitUntil(busy.isVisible)
    busy.say("selecting", "Selecting…")
    assert busy.text() == "Sorting 10 000 000 points…\nSelecting…"
    busy.say("sorting", "")
    assert busy.text() == "Selecting…"
    busy.say("selecting", "")
    assert not busy.isVisible()


def test_what_is_over_soon_is_never_told(qtbot: QtBot) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    over.show()
    busy = Busy(over)
    busy.say("sorting", "Sorting…")
    busy.say("sorting", "")
    qtbot.wait(400)
    assert not busy.isVisible()
