from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.sample_grid import SampleGrid

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def grid(qtbot: QtBot) -> SampleGrid:
    grid = SampleGrid()
    qtbot.addWidget(grid)
    grid.resize(240, 200)
    grid.show()
    shades = np.arange(36, dtype=np.uint8) * 7
    grid.show_images(np.tile(shades[:, None, None, None], (1, 4, 4, 1)))
    return grid


def _middle(grid: SampleGrid, number: int) -> QPoint:
    return grid.rect_of(number).center().toPoint()


@pytest.mark.parametrize("number", [0, 5, 6, 35])
def test_each_image_is_painted_in_its_place(grid: SampleGrid, number: int) -> None:
    assert grid.grab().toImage().pixelColor(_middle(grid, number)).red() == 7 * number


def test_six_rows_of_six_lie_in_the_middle(grid: SampleGrid) -> None:
    first, last = grid.rect_of(0), grid.rect_of(35)
    assert (first.left(), first.top()) == (20, 0)
    assert (last.right(), last.bottom()) == pytest.approx((220, 200))
    assert grid.rect_of(6).left() == first.left()


def test_images_are_hovered_and_chosen_by_number(grid: SampleGrid) -> None:
    hovered: list[int | None] = []
    chosen: list[int] = []
    grid.hovered.connect(hovered.append)
    grid.chosen.connect(chosen.append)
    QTest.mouseMove(grid, QPoint(2, 2))  # beside all images; where the mouse was before is not known
    QTest.mouseMove(grid, _middle(grid, 8))
    QTest.mouseClick(grid, LEFT, pos=_middle(grid, 8))
    QTest.mouseClick(grid, RIGHT, pos=_middle(grid, 9))
    QTest.mouseClick(grid, LEFT, pos=QPoint(2, 100))
    assert chosen == [8]
    assert hovered[-1] == 8
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    assert hovered[-1] is None


def test_what_another_points_at_is_ringed_and_not_told_back(grid: SampleGrid) -> None:
    hovered: list[int | None] = []
    grid.hovered.connect(hovered.append)
    before = grid.grab().toImage()
    grid.highlight(3)
    assert grid.grab().toImage() != before
    grid.highlight(None)
    assert grid.grab().toImage() == before
    assert hovered == []


def test_without_images_there_is_nothing_to_choose(grid: SampleGrid) -> None:
    chosen: list[int] = []
    grid.chosen.connect(chosen.append)
    grid.show_images(None)
    QTest.mouseClick(grid, LEFT, pos=QPoint(100, 100))
    assert chosen == []
    assert grid.pixels is None
    assert not grid.grab().isNull()
