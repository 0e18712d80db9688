"""A second model beside the window's own, with the real engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import expected
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.tools.compare import Compare


@pytest.fixture
def compare(shown: MainWindow, qtbot: QtBot) -> Compare:
    """The tool, opened from the menu."""
    action = shown.findChild(QAction, "open_compare")
    assert action is not None
    action.trigger()
    tool = shown.toolbox.tool("compare")
    assert isinstance(tool, Compare)
    qtbot.waitUntil(lambda: tool.is_seen)
    return tool


def _shows(tool: Compare, run: Path) -> bool:
    pixels = tool.columns.second.picture.pixels
    return pixels is not None and np.array_equal(pixels, expected(run, tool.companion.store.state.probe))


def test_a_run_is_opened_beside_and_a_click_in_either_plane_moves_both(
    shown: MainWindow, compare: Compare, trained: Path, qtbot: QtBot
) -> None:
    compare.companion.open(trained)
    qtbot.waitUntil(lambda: compare.companion.store.state.embedding is not None and _shows(compare, trained))
    for plane in (shown.plane, compare.plane):
        QTest.mouseClick(plane, Qt.MouseButton.LeftButton, pos=QPoint(plane.width() // 3, plane.height() // 3))
        probe = shown.session.store.state.probe if plane is shown.plane else compare.companion.store.state.probe
        qtbot.waitUntil(lambda probe=probe: compare.companion.store.state.probe == probe)  # type: ignore[misc]
        qtbot.waitUntil(lambda: _shows(compare, trained))
        assert shown.session.store.state.probe == probe


def test_the_twin_is_trained_beside_the_model_of_before(
    shown: MainWindow, compare: Compare, trained: Path, qtbot: QtBot
) -> None:
    button = compare.findChild(QPushButton, "companion_twin")
    assert button is not None
    with qtbot.waitSignal(shown.session.training_ended):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert not button.isEnabled()
    qtbot.waitUntil(lambda: _objective(shown) == "ae" and _shows(compare, trained))
    second = compare.companion.store.state.model
    assert second is not None
    assert second.run == trained
    assert button.isEnabled()


def _objective(window: MainWindow) -> str:
    model = window.session.store.state.model
    return "" if model is None else model.config.objective.name
