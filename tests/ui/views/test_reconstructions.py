import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from vae_explorer.ui.views.reconstructions import Reconstructions


@pytest.fixture
def pane(qtbot: QtBot) -> Reconstructions:
    pane = Reconstructions()
    qtbot.addWidget(pane)
    pane.resize(400, 140)
    pane.show()
    return pane


def _images(value: int, count: int = 8) -> np.ndarray:
    return np.full((count, 6, 6, 1), value, np.uint8)


def _painted(pane: Reconstructions, row: int, place: int) -> int:
    at = pane.strip.rect_of(row, place).center().toPoint()
    return pane.strip.grab().toImage().pixelColor(at).red()


def test_originals_stand_over_their_reconstructions(pane: Reconstructions) -> None:
    originals = _images(200)
    originals[3] = 90
    pane.show_pairs(originals, _images(150))
    assert (_painted(pane, 0, 0), _painted(pane, 0, 3), _painted(pane, 1, 3)) == (200, 90, 150)


def test_all_pairs_fit_in(pane: Reconstructions) -> None:
    pane.show_pairs(_images(200, 10), _images(150, 10))
    last = pane.strip.rect_of(1, 9)
    assert last.right() <= pane.strip.width()
    assert last.bottom() <= pane.strip.height()


def test_it_repaints_only_on_change(pane: Reconstructions, monkeypatch: pytest.MonkeyPatch) -> None:
    pane.show_pairs(_images(200), _images(150))
    repaints: list[int] = []
    monkeypatch.setattr(pane.strip, "update", lambda: repaints.append(1))
    pane.show_pairs(_images(200), _images(150))
    assert not repaints
    pane.show_pairs(_images(200), _images(151))
    assert len(repaints) == 1


def test_it_says_when_there_are_none(pane: Reconstructions) -> None:
    pane.show_pairs(_images(200), _images(150))
    pane.clear()
    caption = pane.findChild(QLabel)
    assert caption is not None
    assert "appear here" in caption.text()
    assert _painted(pane, 0, 0) != 200
