"""Planes that lie askew: principal components, and three pins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, shows
from vae_explorer.services.pins import changes_to_pin
from vae_explorer.services.state import Pin
from vae_explorer.ui.main_window import MainWindow


def test_principal_components_show_every_image_and_a_click_lifts_exactly(
    shown: MainWindow, trained: Path, qtbot: QtBot
) -> None:
    shown.actions_.principal.trigger()
    state = shown.session.store.state
    assert state.embedding is not None
    assert state.axis_names[0].startswith("PC 1")
    place = HERE + QPoint(40, 20)
    QTest.mouseClick(shown.plane, LEFT, pos=place)
    plane = shown.session.store.state.plane
    assert plane is not None
    clicked = np.array(shown.session.store.state.probe)
    expected = shown.plane.viewport().to_plane(QPointF(place))
    assert plane.project(clicked) == pytest.approx(expected, abs=1e-4)
    assert plane.distance(clicked) == pytest.approx(0, abs=1e-5)
    qtbot.waitUntil(lambda: shown.plane.mosaic_complete and shows(shown, trained))
    inside = [shown.plane.rect().contains(shown.plane.viewport().point(x, y).toPoint())
              for x, y in plane.project(state.embedding.mean)]  # fmt: skip
    assert all(inside)


def test_no_knob_is_an_axis_of_a_plane_that_lies_askew_and_choosing_one_goes_back(shown: MainWindow) -> None:
    shown.actions_.principal.trigger()
    assert not any(button.isChecked() for knob in shown.knobs.knobs for button in knob.axes)
    shown.knobs.knobs[2].axes[0].click()
    assert shown.session.store.state.directions is None
    assert shown.session.store.state.axis_names == ("z3", "z2")


def test_turning_to_another_plane_is_a_step_that_can_be_undone(shown: MainWindow) -> None:
    before = shown.session.store.state
    shown.actions_.principal.trigger()
    assert "PC 1" in shown.actions_.undo.text()
    shown.actions_.undo.trigger()
    assert shown.session.store.state == before
    shown.actions_.redo.trigger()
    shown.actions_.dims.trigger()
    assert "show two dimensions" in shown.actions_.undo.text()


@pytest.fixture
def three(shown: MainWindow) -> QListWidget:
    """The list of pins, with three of them chosen."""
    action = shown.findChild(QAction, "open_pins")
    assert action is not None
    action.trigger()
    store = shown.session.store
    for code in ((0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.0, 1.0, 0.0)):
        store.update(probe=code)
        store.update(**changes_to_pin(store.state))
    listed = shown.findChild(QListWidget, "pin_list")
    assert listed is not None
    listed.selectAll()
    return listed


def lay_plane(shown: MainWindow) -> None:
    button = shown.findChild(QPushButton, "pins_plane")
    assert button is not None
    assert button.isEnabled()
    button.click()


def test_three_pins_make_a_plane_that_holds_them(shown: MainWindow, three: QListWidget) -> None:
    lay_plane(shown)
    state = shown.session.store.state
    assert state.plane is not None
    assert state.plane.distance([pin.code for pin in state.pins]) == pytest.approx(0, abs=1e-5)
    assert state.axis_names == ("A → B", "towards C")


def test_three_pins_on_a_line_are_told_in_a_sentence(shown: MainWindow, three: QListWidget) -> None:
    line = tuple(Pin(name, (value, 0.0, 0.0)) for name, value in (("A", 0.0), ("B", 1.0), ("C", 2.0)))
    shown.session.store.update(pins=line)
    three.selectAll()
    lay_plane(shown)
    assert "A, B and C lie on a line" in shown.notice.text()
    assert shown.session.store.state.directions is None
