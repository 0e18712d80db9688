from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vae_explorer.core.captions import Mark, Words, board_layout, captions_of, that_fit, tick_texts
from vae_explorer.core.latent.board import Board
from vae_explorer.core.latent.grid import Axis
from vae_explorer.core.latent.ranking import Ranking

AXES = [Axis.of(dim, (-dim - 1, dim + 1), 3) for dim in range(3)]
RANKING = Ranking("kl", np.array([1.234, 0.002, 3], np.float32))


def test_a_plane_tells_coordinates_and_names() -> None:
    captions = captions_of(board_layout(Board.of_plane(AXES[1], AXES[0]), 20), Words({0: "slant (z1)"}))
    assert [mark.lines[0] for mark in captions.below] == ["-2.00", "0.00", "2.00"]
    assert [mark.lines[0] for mark in captions.left] == ["1.00", "0.00", "-1.00"]
    assert [mark.centre for mark in captions.below] == [10, 30, 50]
    assert (captions.below_name, captions.left_name) == ("z2", "slant (z1)")


def test_one_dimension_has_nothing_on_its_left() -> None:
    captions = captions_of(board_layout(Board.of_plane(AXES[2]), 20), Words({}))
    assert (captions.below_name, captions.left_name, captions.left) == ("z3", "", ())


def test_rows_tell_what_they_carry_and_their_range() -> None:
    captions = captions_of(board_layout(Board.of_rows([AXES[2], AXES[1]]), 20), Words({}, RANKING))
    assert [mark.lines for mark in captions.left] == [
        ("z3  3.00 nats", "-3.00 … 3.00"),
        ("z2  0.002 nats, collapsed", "-2.00 … 2.00"),
    ]
    assert [mark.faint for mark in captions.left] == [False, True]
    assert captions.below == ()


def test_variances_are_called_so() -> None:
    words = Words({}, Ranking("variance", np.array([0.0012, 123], np.float32)))
    assert [words.row(0), words.row(1)] == ["z1  variance 0.0012", "z2  variance 123.00"]


def test_pairs_name_columns_below_and_rows_on_the_left() -> None:
    layout = board_layout(Board.of_pairs(AXES), 20)
    captions = captions_of(layout, Words({}, RANKING))
    assert [(mark.lines, mark.centre) for mark in captions.below] == [(("z1",), 30), (("z2",), 30 + 60 + layout.gap)]
    assert [(mark.lines, mark.centre) for mark in captions.left] == [(("z2",), 30), (("z3",), 30 + 60 + layout.gap)]
    assert [mark.faint for mark in captions.left] == [True, False]


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ((-2.5, 2.5), ["-2.50", "2.50"]),
        ((-0.001, 10), ["0.0", "10.0"]),
        ((0, 1000), ["0", "1000"]),
        ((0.1, 0.15), ["0.1000", "0.1500"]),
        ((4, 4), ["4.00", "4.00"]),
        ((0,), ["0.00"]),
        ((-1e30, 1.23456e30), ["-1e+30", "1.23e+30"]),
    ],
)
def test_coordinates_have_the_decimals_that_their_range_asks_for(ticks: tuple[float, ...], texts: list[str]) -> None:
    assert tick_texts(np.array(ticks, np.float32)) == texts


@pytest.mark.parametrize("count", [1, 2, 3, 10, 19, 20, 40])
@pytest.mark.parametrize("extent", [5.0, 10.0, 31.0, 500.0])
def test_words_that_are_kept_do_not_overlap(count: int, extent: float) -> None:
    marks = [Mark(10.0 * place, (str(place),)) for place in range(count)]
    kept = that_fit(marks, extent)
    assert kept[0] is marks[0]
    assert all(second.centre - first.centre >= extent for first, second in pairwise(kept))
    if len(kept) > 1:
        assert kept[-1] is marks[-1]
