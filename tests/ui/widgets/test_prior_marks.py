from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.prior_marks import PriorMarks

SCALE = 20
NONE = np.zeros((0, 2), np.float32)


class _Plane(QWidget):
    """A black ground."""

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet("background: black")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def colour(self, place: QPointF) -> QColor:
        return self.grab().toImage().pixelColor(place.toPoint())


def _place(x: float, y: float) -> QPointF:
    return QPointF(100 + SCALE * x, 80 - SCALE * y)


@pytest.fixture
def plane(qtbot: QtBot) -> _Plane:
    plane = _Plane()
    qtbot.addWidget(plane)
    plane.resize(200, 160)
    plane.show()
    return plane


@pytest.fixture
def marks(plane: _Plane) -> PriorMarks:
    marks = PriorMarks(plane, _place)
    marks.show()
    return marks


def test_each_sample_is_marked_where_it_lies(plane: _Plane, marks: PriorMarks) -> None:
    marks.show_samples(np.array([[1, 2], [-1, 0]], np.float32), None)
    assert plane.colour(_place(1, 2)).lightness() > 200
    assert plane.colour(_place(-1, 0)).lightness() > 200
    assert plane.colour(_place(0, 1)).lightness() == 0


def test_the_priors_circles_are_drawn_around_its_middle(plane: _Plane, marks: PriorMarks) -> None:
    marks.show_samples(NONE, (1.0, 0.0))
    for sigma in (1, 2, 3):
        assert plane.colour(_place(1 - sigma, 0)).lightness() > 100
    marks.show_samples(NONE, None)
    assert plane.colour(_place(0, 0)).lightness() == 0


def test_a_sample_that_is_pointed_at_is_larger(plane: _Plane, marks: PriorMarks) -> None:
    marks.show_samples(np.zeros((1, 2), np.float32), None)
    beside = _place(0, 0) + QPointF(3, 0)
    before = plane.colour(beside).lightness()
    marks.highlight(0)
    assert plane.colour(beside).lightness() > before
    marks.highlight(None)
    assert plane.colour(beside).lightness() == before


def test_it_covers_its_plane_and_leaves_it_the_mouse(plane: _Plane, marks: PriorMarks) -> None:
    plane.resize(300, 220)
    assert marks.size() == plane.size()
    assert plane.childAt(QPoint(10, 10)) is None
