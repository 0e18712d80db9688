"""Which board each page shows: computed from the state and what was chosen, without any widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.captions import Words
from vae_explorer.core.latent.board import Board, Cell
from vae_explorer.core.latent.grid import PRIOR_SPAN, Axis, Spacing, Span
from vae_explorer.core.latent.offered import MOST_SINGLE
from vae_explorer.services.state import AppState, Code, Embedding

MOST_PAIRED = 10
"""Dimensions of which all pairs are shown; of more, those that carry most."""

MOST_CODES = 4096
"""Of more codes, so many in even steps tell quantiles: knobs move while they are computed."""


class Page(Enum):
    """What the tool shows."""

    PLANE = "plane"
    PAIRS = "pairs"
    ROWS = "rows"


@dataclass(frozen=True)
class Choice:
    """What was chosen for a page."""

    steps: int
    """Images in a row."""
    span: Span | None = None
    """The range of each dimension; None: the data's own."""
    spacing: Spacing = "linear"


class Boards:
    """Makes boards, and keeps what takes longest as long as it holds: the coordinates of each dimension."""

    def __init__(self) -> None:
        self.is_training = False
        """While training goes on, dimensions keep their places unless others carry clearly more."""
        self._axes: dict[int, Axis] = {}
        self._axes_of: tuple[Embedding | None, Choice] | None = None
        self._order: tuple[int, ...] = ()
        self._board: Board | None = None
        self._board_of: object = None

    def board(self, page: Page, choice: Choice, state: AppState) -> Board:
        """Return the board of a page for a model of state's dimensions: the same one as long as nothing changes."""
        embedding = embedding_of(state)
        if self._axes_of != (embedding, choice):
            self._axes, self._axes_of = {}, (embedding, choice)
        dims = self._dims(page, state)
        key = page, dims, self._axes_of
        if self._board is None or key != self._board_of:
            axes = [self._axis(dim) for dim in dims]
            make = {Page.PLANE: _plane, Page.PAIRS: Board.of_pairs, Page.ROWS: Board.of_rows}[page]
            self._board, self._board_of = make(axes), key
        return self._board

    def _dims(self, page: Page, state: AppState) -> tuple[int, ...]:
        if page is Page.PLANE:
            return tuple(dict.fromkeys(state.plane_dims))
        return self.order(state) if page is Page.ROWS else self.paired(state)

    def order(self, state: AppState) -> tuple[int, ...]:
        """Return the dimensions that are offered, the one that carries most first; without images by number."""
        embedding, dims = embedding_of(state), len(state.probe)
        if embedding is None or dims > MOST_SINGLE:
            self._order = state.offered_dims if embedding is None else embedding.leading
        elif self.is_training and len(self._order) == dims:
            self._order = embedding.ranking.order_after(self._order)
        else:
            self._order = embedding.ranking.order
        return self._order

    def paired(self, state: AppState) -> tuple[int, ...]:
        """Return the dimensions whose pairs are shown, by number."""
        return tuple(sorted(self.order(state)[:MOST_PAIRED]))

    def _axis(self, dim: int) -> Axis:
        if dim not in self._axes:
            assert self._axes_of is not None  # noqa: S101  # for the type checker: `board` has set it
            self._axes[dim] = _axis(dim, *self._axes_of)
        return self._axes[dim]


def _plane(axes: Sequence[Axis]) -> Board:
    return Board.of_plane(*axes)


def embedding_of(state: AppState) -> Embedding | None:
    """Return the embedding, where it is of the model that is shown."""
    embedding = state.embedding
    return embedding if embedding is not None and len(embedding.span) == len(state.probe) else None


def words_of(state: AppState) -> Words:
    """Return what is known of the dimensions."""
    embedding = embedding_of(state)
    return Words({}, None if embedding is None else embedding.ranking)


def codes_of(board: Board, state: AppState) -> NDArray[np.float32]:
    """Return the codes of a board through the probe, (cells, D)."""
    return board.codes(state.probe)


def spot_of(board: Board, probe: Code) -> tuple[float, float] | None:
    """Return where the probe stands on the board of a plane, in columns and rows; None where it is beside it."""
    block = board.blocks[0]
    column = _place_on(block.across, probe)
    row = 0.0 if block.up is None else _place_on(block.up, probe)
    if column is None or row is None:
        return None
    return column, 0.0 if block.up is None else len(block.up.ticks) - 1 - row


def cells_at(board: Board, probe: Code) -> tuple[Cell, ...]:
    """Return the cell of each row that is nearest to the probe, for those rows that reach so far."""
    places = [_place_on(block.across, probe) for block in board.blocks]
    return tuple(Cell(number, 0, round(place)) for number, place in enumerate(places) if place is not None)


def pair_at(board: Board, plane_dims: tuple[int, int]) -> tuple[Cell, ...]:
    """Return a cell of the block whose two dimensions are the plane's."""
    pairs = [{block.across.dim, (block.up or block.across).dim} for block in board.blocks]
    return tuple(Cell(number, 0, 0) for number, pair in enumerate(pairs) if pair == set(plane_dims))


def _axis(dim: int, embedding: Embedding | None, choice: Choice) -> Axis:
    if embedding is None:
        return Axis.of(dim, choice.span or PRIOR_SPAN, choice.steps, choice.spacing)
    low, high = choice.span or map(float, embedding.span[dim])
    codes = embedding.mean[:: -(-len(embedding.mean) // MOST_CODES), dim] if choice.spacing == "quantile" else None
    return Axis.of(dim, (low, high), choice.steps, choice.spacing, codes)


def _place_on(axis: Axis, probe: Code) -> float | None:
    """Return where a code lies along an axis, counted in steps; None where that is more than half a step beyond."""
    ticks, value = axis.ticks, probe[axis.dim]
    if len(ticks) == 1:
        return 0.0
    beyond = [(ticks[1] - ticks[0]) / 2, (ticks[-1] - ticks[-2]) / 2]
    if not ticks[0] - beyond[0] <= value <= ticks[-1] + beyond[1]:
        return None
    return float(np.interp(value, ticks, np.arange(len(ticks))))
