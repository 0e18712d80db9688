from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core.latent.board import Board, Cell, Layout
from vae_explorer.core.latent.grid import Axis

AXES = [Axis.of(dim, (-dim - 1, dim + 1), 3) for dim in range(4)]
POINT = (0.1, 0.2, 0.3, 0.4)


def test_the_first_dimension_grows_rightwards_and_the_second_upwards() -> None:
    codes = Board.of_plane(Axis.of(2, (-1, 2), 3), Axis.of(0, (5, 6), 2)).codes((0, 0.5, 0, 7)).reshape(2, 3, 4)
    assert codes[0, 0].tolist() == [6, 0.5, -1, 7]
    assert codes[0, 2].tolist() == [6, 0.5, 2, 7]
    assert codes[1, 0].tolist() == [5, 0.5, -1, 7]
    assert codes[1, 1].tolist() == [5, 0.5, 0.5, 7]


def test_one_dimension_makes_a_row() -> None:
    board = Board.of_plane(Axis.of(1, (-1, 1), 3))
    assert board.codes((9, 9)).tolist() == [[9, -1], [9, 0], [9, 1]]
    assert Board.of_plane(Axis.of(0, (-1, 1), 2)).codes((9,)).tolist() == [[-1], [1]]


def test_each_pair_comes_once_in_a_lower_triangle() -> None:
    board = Board.of_pairs(AXES)
    pairs = {block.place: (block.across.dim, block.up.dim) for block in board.blocks if block.up}
    assert pairs == {(0, 0): (0, 1), (1, 0): (0, 2), (1, 1): (1, 2), (2, 0): (0, 3), (2, 1): (1, 3), (2, 2): (2, 3)}
    assert board.shape == (3, 3)
    assert len(board) == len(board.codes(POINT)) == 6 * 9


def test_pairs_come_in_the_order_of_the_axes() -> None:
    board = Board.of_pairs([AXES[3], AXES[1]])
    assert (board.blocks[0].across.dim, board.blocks[0].up and board.blocks[0].up.dim) == (3, 1)


def test_rows_go_through_the_point() -> None:
    board = Board.of_rows([AXES[2], AXES[0]])
    codes = board.codes(POINT).reshape(2, 3, 4)
    assert codes[0, :, 2].tolist() == [-3, 0, 3]
    assert codes[1, :, 0].tolist() == [-1, 0, 1]
    assert codes[0][:, [0, 1, 3]] == pytest.approx(np.tile([0.1, 0.2, 0.4], (3, 1)))
    assert board.shape == (2, 1)


@pytest.mark.parametrize("board", [Board.of_plane(AXES[0], AXES[1]), Board.of_pairs(AXES), Board.of_rows(AXES)])
def test_cells_are_numbered_as_their_codes(board: Board) -> None:
    assert [board.number(board.cell(number)) for number in range(len(board))] == list(range(len(board)))
    codes = board.codes(POINT)
    for number in range(len(board)):
        cell = board.cell(number)
        block = board.blocks[cell.block]
        assert codes[number, block.across.dim] == block.across.ticks[cell.column]
        if block.up is not None:
            assert codes[number, block.up.dim] == block.up.ticks[::-1][cell.row]


@pytest.mark.parametrize("board", [Board.of_plane(AXES[0], AXES[1]), Board.of_pairs(AXES), Board.of_rows(AXES)])
def test_a_place_in_a_cell_is_of_that_cell(board: Board) -> None:
    layout = Layout(board, cell=10.5, gap=4)
    for number in range(len(board)):
        cell = board.cell(number)
        left, top = layout.corner(cell)
        assert layout.at(left + 0.1, top + 0.1) == layout.at(left + 10.4, top + 10.4) == cell


def test_between_and_beside_the_blocks_is_no_cell() -> None:
    layout = Layout(Board.of_pairs(AXES), cell=10, gap=4)
    assert layout.size == (98.0, 98.0)
    assert layout.at(15, 32) is None
    assert layout.at(50, 5) is None
    assert layout.at(-1, 5) is None
    assert layout.at(5, 98) is None
    assert layout.block(2) == (34.0, 34.0, 30.0, 30.0)


def test_the_point_handed_over_is_not_written_to() -> None:
    point = np.ones(4, np.float32)
    Board.of_pairs(AXES).codes(point)
    assert point.tolist() == [1, 1, 1, 1]
    assert Board.of_rows(AXES).cell(4) == Cell(1, 0, 1)
