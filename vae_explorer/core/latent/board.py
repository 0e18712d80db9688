"""Mosaics of a latent space: one plane, the planes of all pairs, or each dimension by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.latent.grid import Axis
from vae_explorer.core.latent.plane import LatentPlane

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Block:
    """A lattice of codes: `across` grows to the right and `up` upwards; without `up` it is a single row."""

    place: tuple[int, int]
    """Its row and its column among the blocks of a board, from the top left."""
    across: Axis
    up: Axis | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return 1 if self.up is None else len(self.up.ticks), len(self.across.ticks)

    def codes(self, point: ArrayLike) -> Floats:
        """Return the codes from the top left, row by row; all other dimensions are those of `point` (D,). -> (n, D)."""
        up_dim, ticks = (self.across.dim, [0.0]) if self.up is None else (self.up.dim, self.up.ticks[::-1])
        plane = LatentPlane.of_dims(point, self.across.dim, up_dim)
        return plane.lift(np.stack(np.meshgrid(self.across.ticks, ticks), axis=-1)).reshape(-1, plane.dims)


@dataclass(frozen=True)
class Cell:
    """A cell of a board: the number of its block, and its row and column there."""

    block: int
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class Board:
    """Blocks of equal shape, side by side. Cells are numbered block by block, in each from the top left."""

    blocks: tuple[Block, ...]

    @classmethod
    def of_plane(cls, across: Axis, up: Axis | None = None) -> Board:
        """One block."""
        return cls((Block((0, 0), across, up),))

    @classmethod
    def of_pairs(cls, axes: Sequence[Axis]) -> Board:
        """Each pair of dimensions once, as a lower triangle: columns are the first's, rows the second's."""
        return cls(
            tuple(
                Block((row - 1, column), axes[column], axes[row])
                for row in range(1, len(axes))
                for column in range(row)
            )
        )

    @classmethod
    def of_rows(cls, axes: Sequence[Axis]) -> Board:
        """Each dimension by itself, one row under the other."""
        return cls(tuple(Block((row, 0), axis) for row, axis in enumerate(axes)))

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, columns = zip(*(block.place for block in self.blocks), strict=True)
        return max(rows) + 1, max(columns) + 1

    @property
    def block_shape(self) -> tuple[int, int]:
        """Rows and columns of cells in a block."""
        return self.blocks[0].shape

    def __len__(self) -> int:
        rows, columns = self.block_shape
        return len(self.blocks) * rows * columns

    def codes(self, point: ArrayLike) -> Floats:
        """Return the codes of all cells; dimensions that a block doesn't run along are those of `point` (D,)."""
        return np.concatenate([block.codes(point) for block in self.blocks])

    def cell(self, number: int) -> Cell:
        """Return the cell of that number."""
        block, rest = divmod(number, self.block_shape[0] * self.block_shape[1])
        return Cell(block, *divmod(rest, self.block_shape[1]))

    def number(self, cell: Cell) -> int:
        """Return the cell's number."""
        rows, columns = self.block_shape
        return (cell.block * rows + cell.row) * columns + cell.column


@dataclass(frozen=True)
class Layout:
    """Where the cells of a board lie, in pixels from its top left: square cells, gaps between blocks."""

    board: Board
    cell: float
    """The side of a cell."""
    gap: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        (rows, columns), (high, wide) = self.board.shape, self._block
        return columns * (wide + self.gap) - self.gap, rows * (high + self.gap) - self.gap

    def block(self, number: int) -> tuple[float, float, float, float]:
        """Return a block's left, top, width and height."""
        (row, column), (high, wide) = self.board.blocks[number].place, self._block
        return column * (wide + self.gap), row * (high + self.gap), wide, high

    def corner(self, cell: Cell) -> tuple[float, float]:
        """Return the left and the top of a cell."""
        left, top, _, _ = self.block(cell.block)
        return left + cell.column * self.cell, top + cell.row * self.cell

    def at(self, x: float, y: float) -> Cell | None:
        """Return the cell at a place, or None."""
        for number in range(len(self.board.blocks)):
            left, top, wide, high = self.block(number)
            if left <= x < left + wide and top <= y < top + high:
                return Cell(number, int((y - top) // self.cell), int((x - left) // self.cell))
        return None

    @property
    def _block(self) -> tuple[float, float]:
        """Height and width of a block."""
        rows, columns = self.board.block_shape
        return rows * self.cell, columns * self.cell
