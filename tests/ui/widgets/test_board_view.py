from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vae_explorer.core.captions import Words
from vae_explorer.core.latent.board import Board, Cell
from vae_explorer.core.latent.grid import Axis
from vae_explorer.core.latent.ranking import Ranking
from vae_explorer.ui.widgets.board_pixels import reduced
from vae_explorer.ui.widgets.board_view import BoardView

LEFT = Qt.MouseButton.LeftButton
WORDS = Words({})


def axes(dims: int, steps: int = 3) -> list[Axis]:
    return [Axis.of(dim, (-2, 2), steps) for dim in range(dims)]


def plane(steps: int = 3) -> Board:
    return Board.of_plane(*axes(2, steps))


def images(values: Sequence[int], side: int = 6) -> NDArray[np.uint8]:
    return np.full((len(values), side, side, 1), 0, np.uint8) + np.array(values, np.uint8)[:, None, None, None]


def numbers(board: Board) -> NDArray[np.int64]:
    return np.arange(len(board))


@pytest.fixture
def view(qtbot: QtBot) -> BoardView:
    return shown(BoardView(), qtbot)


def shown(view: BoardView, qtbot: QtBot) -> BoardView:
    qtbot.addWidget(view)
    view.resize(400, 360)
    view.show()
    return view


def value_at(view: BoardView, cell: Cell) -> int:
    return view.grab().toImage().pixelColor(middle(view, cell)).red()


def middle(view: BoardView, cell: Cell) -> QPoint:
    return view.rect_of(cell).center().toPoint()


@pytest.mark.parametrize("board", [plane(), Board.of_pairs(axes(4)), Board.of_rows(axes(5))])
def test_every_cell_is_painted_at_its_place(view: BoardView, board: Board) -> None:
    view.show_board(board, WORDS)
    values = [10 + 3 * number for number in range(len(board))]
    view.put(numbers(board), images(values))
    assert [value_at(view, board.cell(number)) for number in range(len(board))] == values
    assert view.is_complete


def test_it_takes_the_room_that_there_is(view: BoardView) -> None:
    view.show_board(plane(), WORDS)
    small = view.rect_of(Cell(0, 0, 0)).width()
    view.resize(800, 720)
    assert view.rect_of(Cell(0, 0, 0)).width() > 1.8 * small
    assert view.rect_of(Cell(0, 2, 2)).bottom() < 720


def test_words_stand_outside_the_images(view: BoardView) -> None:
    board = Board.of_rows(axes(3))
    view.show_board(board, Words({}, Ranking("kl", np.array([1, 2, 0.001], np.float32))))
    view.put(numbers(board), images([0] * len(board)))
    picture, left = view.grab().toImage(), int(view.rect_of(Cell(0, 0, 0)).left())
    for row in range(3):
        top, bottom = (int(edge(view.rect_of(Cell(row, 0, 0)))) for edge in (lambda r: r.top(), lambda r: r.bottom()))
        beside = [picture.pixelColor(x, y).value() for x in range(left - 4) for y in range(top, bottom)]
        inside = [picture.pixelColor(x, y).value() for x in range(left + 1, left + 30) for y in range(top, bottom)]
        # The collapsed one is grey.
        assert (max(beside) < 140) == (row == 2)
        assert max(beside) > 90
        assert max(inside) == 0


def test_images_stay_until_others_take_their_place(view: BoardView) -> None:
    board = plane()
    view.show_board(board, WORDS)
    view.put(numbers(board), images([50] * 9))
    moved = Board.of_plane(Axis.of(2, (0, 1), 3), Axis.of(1, (0, 1), 3))
    view.show_board(moved, WORDS)
    assert view.board is moved
    view.put(np.array([4]), images([99]))
    assert [value_at(view, moved.cell(number)) for number in (3, 4, 5)] == [50, 99, 50]


def test_a_board_of_another_shape_waits_until_it_is_complete(view: BoardView) -> None:
    board, finer = plane(3), plane(4)
    view.show_board(board, WORDS)
    view.put(numbers(board), images([50] * 9))
    view.show_board(finer, WORDS)
    view.put(np.arange(15), images([99] * 15))
    assert view.board is board
    assert value_at(view, Cell(0, 0, 0)) == 50
    view.put(np.array([15]), images([99]))
    assert view.board is finer
    assert value_at(view, Cell(0, 3, 3)) == 99


def test_after_clearing_nothing_is_kept(view: BoardView) -> None:
    view.show_board(plane(3), WORDS)
    view.put(numbers(plane(3)), images([50] * 9))
    view.clear()
    view.put(np.array([0]), images([50]))
    assert view.frame is None
    finer = plane(4)
    view.show_board(finer, WORDS)
    assert view.board is finer
    assert not view.is_complete


def test_a_click_chooses_the_cell(view: BoardView, qtbot: QtBot) -> None:
    board = Board.of_rows(axes(4))
    view.show_board(board, WORDS)
    for cell in (Cell(0, 0, 0), Cell(3, 0, 2), Cell(2, 0, 1)):
        with qtbot.waitSignal(view.chosen) as chosen:
            QTest.mouseClick(view, LEFT, pos=middle(view, cell))
        assert chosen.args == [cell]


def test_a_click_beside_the_cells_chooses_nothing(view: BoardView, qtbot: QtBot) -> None:
    view.show_board(plane(), WORDS)
    with qtbot.assertNotEmitted(view.chosen):
        QTest.mouseClick(view, LEFT, pos=QPoint(2, 2))
        QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=middle(view, Cell(0, 0, 0)))


def test_hovering_tells_the_cell_once(view: BoardView, qtbot: QtBot) -> None:
    told: list[Cell | None] = []
    view.hovered.connect(told.append)
    view.show_board(plane(), WORDS)
    at = middle(view, Cell(0, 1, 2))
    for place in (at, at + QPoint(2, 2), QPoint(1, 1)):
        QTest.mouseMove(view, place)
    assert told == [Cell(0, 1, 2), None]


def test_arrows_go_from_cell_to_cell_and_enter_chooses(view: BoardView, qtbot: QtBot) -> None:
    key = Qt.Key
    view.show_board(Board.of_rows(axes(2)), WORDS)
    for press in (key.Key_Right, key.Key_Right, key.Key_Down, key.Key_Left, key.Key_Left, key.Key_Right):
        QTest.keyClick(view, press)
    assert view.hot == Cell(1, 0, 1)
    with qtbot.waitSignal(view.chosen) as chosen:
        QTest.keyClick(view, key.Key_Return)
    assert chosen.args == [Cell(1, 0, 1)]


def test_among_pairs_arrows_go_from_block_to_block(qtbot: QtBot) -> None:
    view = shown(BoardView(by_block=True), qtbot)
    view.show_board(Board.of_pairs(axes(4)), WORDS)
    for press in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        QTest.keyClick(view, press)
    assert view.hot == Cell(2, 0, 0)


def test_a_pair_is_shown_large_in_the_empty_corner(qtbot: QtBot) -> None:
    view = shown(BoardView(by_block=True), qtbot)
    board = Board.of_pairs(axes(6, 2))
    view.show_board(board, WORDS)
    view.put(numbers(board), images(list(range(10, 10 + 3 * len(board), 3))))
    assert view.frame is not None
    assert view.frame.loupe is not None
    place = (view.frame.loupe.topLeft() + view.frame.loupe.center()).toPoint() / 2
    for block in (4, 9):
        view.mark((Cell(block, 0, 0),))
        assert view.grab().toImage().pixelColor(place).red() == 10 + 3 * 4 * block
    assert all(not view.frame.loupe.intersects(view.frame.block_rect(number)) for number in range(15))


def test_many_rows_make_it_higher_instead_of_smaller(qtbot: QtBot) -> None:
    view = shown(BoardView(least_px=24), qtbot)
    view.show_board(Board.of_rows(axes(64)), WORDS)
    assert view.minimumHeight() >= 64 * 24
    assert view.rect_of(Cell(0, 0, 0)).width() >= 24
    view.show_board(Board.of_rows(axes(2)), WORDS)
    view.clear()
    view.show_board(Board.of_rows(axes(2)), WORDS)
    assert view.minimumHeight() < 200


def test_the_probe_is_marked_where_it_is(view: BoardView) -> None:
    view.show_board(plane(), WORDS)
    view.put(numbers(plane()), images([0] * 9))
    view.mark(spot=(1.5, 0.0))
    assert view.frame is not None
    centre = view.frame.place(1.5, 0.0)
    assert centre.x() == view.rect_of(Cell(0, 0, 2)).left()
    picture = view.grab().toImage()
    ring = [picture.pixelColor(round(centre.x()) + x, round(centre.y())).red() for x in range(-8, 9)]
    assert max(ring) > 200
    assert ring[8] < 50


def test_large_images_are_averaged_to_what_is_shown() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    small = reduced(noise, wanted_px=20)
    assert small.shape == (3, 21, 21, 3)
    assert small[1, 2, 3] == pytest.approx(noise[1, 6:9, 9:12].mean(axis=(0, 1)), abs=0.51)
    assert reduced(noise, wanted_px=40) is noise


def test_cells_that_grow_want_their_images_anew(view: BoardView, qtbot: QtBot) -> None:
    view.resize(200, 160)
    view.show_board(plane(8), WORDS)
    view.put(numbers(plane(8)), images([50] * 64, side=64))
    with qtbot.waitSignal(view.resolution_changed):
        view.resize(600, 560)
    view.put(np.array([0]), images([80], side=64))
    assert (value_at(view, Cell(0, 0, 0)), value_at(view, Cell(0, 7, 7))) == (80, 50)
