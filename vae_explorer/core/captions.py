"""The words around a mosaic: which dimension runs where, and from where to where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vae_explorer.core.latent.board import Block, Board, Cell, Layout
from vae_explorer.core.latent.grid import Floats
from vae_explorer.core.latent.ranking import Ranking

MOST_WRITTEN = 1e5
"""Coordinates from here on have an exponent."""


@dataclass(frozen=True)
class Mark:
    """Words beside a mosaic."""

    centre: float
    """Where along its side, in pixels."""
    lines: tuple[str, ...]
    """The first is the one to keep where there is room for no more."""
    faint: bool = False


@dataclass(frozen=True)
class Captions:
    """All that is written beside a mosaic."""

    below: tuple[Mark, ...]
    left: tuple[Mark, ...]
    below_name: str = ""
    left_name: str = ""


@dataclass(frozen=True)
class Words:
    """What dimensions are called, and what each carries where that is known."""

    names: Mapping[int, str]
    """For those that aren't to be called z1, z2, …."""
    ranking: Ranking | None = None

    def name(self, dim: int) -> str:
        """Return what a dimension is called."""
        return self.names.get(dim, dim_name(dim))

    def row(self, dim: int) -> str:
        """Return what a dimension is called, with what it carries."""
        return self.name(dim) if self.ranking is None else f"{self.name(dim)}  {amount_text(self.ranking, dim)}"

    def is_faint(self, dim: int) -> bool:
        """Whether a dimension stands back, since it says nothing."""
        return self.ranking is not None and self.ranking.is_collapsed(dim)


def board_layout(board: Board, cell: float) -> Layout:
    """Lay a board out with gaps in whole pixels that suit its cells."""
    return Layout(board, cell, max(4.0, round(cell / 5)))


def dim_name(dim: int) -> str:
    """Return what a latent dimension is called wherever it is shown: the first, number 0, is z1."""
    return f"z{dim + 1}"


def amount_text(ranking: Ranking, dim: int) -> str:
    """Write what a dimension carries, with its unit."""
    amount = float(ranking.amounts[dim])
    if ranking.measure == "variance":
        return f"variance {amount:.2f}" if amount >= 0.01 else f"variance {amount:.2g}"
    return f"{amount:.3f} nats, collapsed" if ranking.is_collapsed(dim) else f"{amount:.2f} nats"


def tick_texts(ticks: Floats) -> list[str]:
    """Write coordinates (n,), with as many decimals as tell one hundredth of their range."""
    if np.abs(ticks).max() >= MOST_WRITTEN:
        return [f"{tick:.3g}" for tick in ticks]
    spread = float(ticks[-1] - ticks[0]) or abs(float(ticks[0])) or 1.0
    decimals = min(max(2 - math.floor(math.log10(spread)), 0), 6)
    # Adding 0 makes of −0, to which small negative numbers are rounded, 0.
    return [f"{round(float(tick), decimals) + 0.0:.{decimals}f}" for tick in ticks]


def that_fit(marks: Sequence[Mark], extent: float) -> list[Mark]:
    """Choose as many equidistant marks as there is room for, where each takes `extent`; both ends among them.

    Where no equal steps lead from end to end, or only much longer ones, some steps are longer by one than others.
    """
    last = len(marks) - 1
    if last < 1:
        return list(marks)
    least = max(1, math.ceil(extent / (marks[1].centre - marks[0].centre)))
    for step in range(least, 2 * least + 1):
        if last % step == 0:
            return list(marks[::step])
    count = last // least
    return [marks[round(place * last / count)] for place in range(count + 1)] if count else [marks[0]]


def captions_of(layout: Layout, words: Words) -> Captions:
    """Caption a board: a plane by coordinates, pairs by their dimensions, rows by what they carry and their range."""
    board = layout.board
    if board.shape == (1, 1):
        return _of_block(layout, board.blocks[0], words)
    return _of_rows(layout, words) if board.blocks[0].up is None else _of_pairs(layout, words)


def _of_block(layout: Layout, block: Block, words: Words) -> Captions:
    half = layout.cell / 2
    below = tuple(
        Mark(layout.corner(Cell(0, 0, column))[0] + half, (text,))
        for column, text in enumerate(tick_texts(block.across.ticks))
    )
    if block.up is None:
        return Captions(below, (), words.row(block.across.dim))
    left = tuple(
        Mark(layout.corner(Cell(0, row, 0))[1] + half, (text,))
        for row, text in enumerate(reversed(tick_texts(block.up.ticks)))
    )
    return Captions(below, left, words.name(block.across.dim), words.name(block.up.dim))


def _of_rows(layout: Layout, words: Words) -> Captions:
    left = []
    for number, block in enumerate(layout.board.blocks):
        dim, ticks = block.across.dim, tick_texts(block.across.ticks)
        _, top, _, high = layout.block(number)
        left.append(Mark(top + high / 2, (words.row(dim), f"{ticks[0]} … {ticks[-1]}"), words.is_faint(dim)))
    return Captions((), tuple(left))


def _of_pairs(layout: Layout, words: Words) -> Captions:
    below, left = {}, {}
    for number, block in enumerate(layout.board.blocks):
        x, y, wide, high = layout.block(number)
        across, up = block.across.dim, (block.up or block.across).dim
        below[across] = Mark(x + wide / 2, (words.name(across),), words.is_faint(across))
        left[up] = Mark(y + high / 2, (words.name(up),), words.is_faint(up))
    return Captions(tuple(below.values()), tuple(left.values()))
