"""The points of an embedding as seen on a plane. Made once for each change, of many points on another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.latent.plane import Flat
from vae_explorer.core.latent.point_index import Box, Level, PointIndex
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState, Embedding
from vae_explorer.ui.views.plane.scene import DEPTHS, Colouring

AT_ONCE: Final = 60_000
"""The cloud of no more images is made at once: it takes less than a frame."""

NUMBERS_AT_ONCE: Final = 250_000
"""In their codes, at most: to measure how far long ones lie from the plane takes longer than all else."""

_PIECE: Final = 2**17
"""Points that are worked on together, at most: so many stay in the processor's cache."""

_LEAST_PIECE: Final = 2**15

_PIECES: Final = 16
"""Fewer points come in about so many pieces, each from a small part of the picture."""

_GOLDEN: Final = (5**0.5 - 1) / 2

Floats = NDArray[np.float32]

Piece = tuple[Floats, Floats]
"""Some places, (n, 2); and of the points that lie there, added up: blue, green and red, times opacity, and opacity,
(n, 4)."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """The points that are switched on, in the order of their index. Nobody writes to the arrays."""

    index: PointIndex
    """`numbers` are those of the images. Where D = 1 a point's height is a spread that carries no meaning."""
    rows: NDArray[np.uint16]
    """(n,) each point's row of `table`."""
    table: Floats
    """(rows, 4), see `Colouring.table`."""
    means: tuple[NDArray[np.uint8], ...]
    """For each level of the index (m, 4): its points' blue, green and red, times opacity, and opacity; on average."""

    @classmethod
    def of(cls, index: PointIndex, rows: NDArray[np.uint16], table: Floats) -> Cloud:
        """Give points (n,) their rows of a table (rows, 4)."""
        return cls(index, rows, table, tuple(_means(level, _looks(table), rows) for level in index.levels))

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.index.nbytes + self.rows.nbytes + sum(means.nbytes for means in self.means)

    def in_sight(self, box: Box, pixel: float) -> Iterator[Piece]:
        """Yield all points in `box`, and some beside it, in pieces that lie close together.

        Points that share a square no wider than `pixel` may come as one in their middle.
        """
        index, looks = self.index, _looks(self.table)
        runs, level = index.runs(box), index.level_for(pixel)
        most = max(_LEAST_PIECE, min(_PIECE, len(runs) // _PIECES))
        if level is not None:
            means, counts = self.means[index.levels.index(level)], level.counts
            for piece in index.squares_in(runs, level).pieces(most):
                yield piece.of(level.xy), _times(piece.of(means), piece.of(counts))
        for piece in chain(() if level is not None else runs.pieces(most), index.beyond.pieces(most)):
            yield piece.of(index.xy), np.take(looks, piece.of(self.rows), axis=0)


@dataclass(frozen=True, eq=False)
class CloudRequest:
    """All that a cloud is made from. Values that nobody writes to, so any thread may make it."""

    embedding: Embedding
    plane: Flat
    colours: Colouring
    hidden: frozenset[str]
    """Names of categories that are switched off."""
    selection: Selection | None

    @classmethod
    def of(cls, state: AppState, plane: Flat | None, colours: Colouring | None) -> CloudRequest | None:
        """Ask for what `state` shows; None where it has no codes, or none of this plane."""
        embedding = state.embedding
        if embedding is None or plane is None or colours is None or embedding.mean.shape[1] != plane.dims:
            return None
        return cls(embedding, plane, colours, state.hidden, state.selection)

    @property
    def is_quick(self) -> bool:
        """Whether it can be made at once."""
        mean = self.embedding.mean
        return len(mean) <= AT_ONCE and mean.size <= NUMBERS_AT_ONCE

    def lies_like(self, other: CloudRequest) -> bool:
        """Whether the same points lie at the same places, whatever they look like."""
        same = self.embedding.mean is other.embedding.mean and self.plane.lays_out_like(other.plane)
        return same and (
            self.hidden == other.hidden
            and (not self.hidden or np.array_equal(self.colours.categories, other.colours.categories))
        )

    def goes_on_from(self, before: CloudRequest) -> bool:
        """Whether the points of `before` say nothing false meanwhile: they are of the same images on the same plane."""
        return self.embedding.images is before.embedding.images and self.plane.lays_out_like(before.plane)

    def make(self, before: tuple[CloudRequest, Cloud] | None = None) -> Cloud:
        """Make the cloud; the index of one made before is taken over where the points lie alike."""
        if before is not None and self.lies_like(before[0]):
            index = before[1].index
        else:
            numbers = self._switched_on()
            index = PointIndex(places_of(self.embedding.mean, self.plane, numbers), numbers)
        return Cloud.of(index, self._rows(index.numbers), self.colours.table)

    def _switched_on(self) -> NDArray[np.int32]:
        categories, names = self.colours.categories, self.colours.names
        hidden = [number for number, name in enumerate(names) if name in self.hidden] if self.hidden else []
        if not hidden:
            return np.arange(len(categories), dtype=np.int32)
        return np.flatnonzero(~np.isin(categories, hidden)).astype(np.int32)

    def _rows(self, numbers: NDArray[np.int32]) -> NDArray[np.uint16]:
        """Find the rows of the table for images, (n,) -> (n,).

        Those that aren't selected are grey, and none of the selected fades.
        """
        colours = self.colours.in_palette(self.colours.categories[numbers])
        depth = _depth(self.embedding.mean, self.plane)[numbers]
        if self.selection is not None:
            selected = self.selection.mask(len(self.embedding.mean))[numbers]
            colours = np.where(selected, colours, len(self.colours.palette))
            depth = np.where(selected, 0, depth)
        return (colours * DEPTHS + depth).astype(np.uint16)


class CloudOfNow:
    """Holds the cloud that is on show, and sees to the next one: made at once, or by somebody else."""

    def __init__(self, want: Callable[[CloudRequest, Callable[[], Cloud]], None]) -> None:
        """`want` has the work done on another thread; its result goes to `take`."""
        self._want = want
        self._asked: CloudRequest | None = None
        self._made: tuple[CloudRequest, Cloud] | None = None

    @property
    def cloud(self) -> Cloud | None:
        """What to draw: while the points only change their looks, or as the model learns, the cloud before."""
        return None if self._made is None else self._made[1]

    @property
    def is_settled(self) -> bool:
        """Whether it is what was asked for last."""
        return self._asked is (None if self._made is None else self._made[0])

    def ask(self, request: CloudRequest | None) -> None:
        """Turn to other points, or other looks of them; None: there are none."""
        before, self._asked = self._made, request
        if request is None or (before is not None and not request.goes_on_from(before[0])):
            self._made = None
        if request is not None and request.is_quick:
            self._made = request, request.make(before)
        elif request is not None:
            self._want(request, lambda: request.make(before))

    def take(self, request: CloudRequest, cloud: Cloud) -> bool:
        """Take in what was made; False where it is out of date."""
        if self._asked is None or not self._asked.goes_on_from(request):
            return False
        self._made = request, cloud
        return True


def places_of(codes: Floats, plane: Flat, numbers: NDArray[np.int32]) -> Floats:
    """Tell where images lie on a plane: codes (N, D), numbers (n,) -> (n, 2).

    Where D = 1 they are spread in y for the eye, the same each time.
    """
    if not plane.is_linear:
        return np.asarray(plane.project(codes)[numbers], np.float32)
    xy = np.empty((len(numbers), 2), np.float32, order="F")
    for start in range(0, len(numbers), _PIECE):
        chosen = numbers[start : start + _PIECE]
        xy[start : start + _PIECE] = plane.project(codes[chosen])
    if plane.dims == 1:
        xy[:, 1] = numbers * _GOLDEN % 1 - 0.5
    return xy


def _depth(codes: Floats, plane: Flat) -> NDArray[np.int8]:
    """Sort points by distance from the plane: the nearest tenth, the next three tenths, the rest. (N, D) -> (N,)."""
    if plane.dims <= 2 or not plane.is_linear:
        return np.zeros(len(codes), np.int8)
    pieces = [plane.distance(codes[start : start + _PIECE]) for start in range(0, len(codes), _PIECE)]
    distance = np.concatenate(pieces)
    return np.searchsorted(np.quantile(distance, [0.1, 0.4]), distance).astype(np.int8)


def _means(level: Level, looks: Floats, rows: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Average the looks of the points of each square, (rows, 4) and (N,) -> (n, 4) in steps of 1/255."""
    return np.stack([np.rint(255 * level.average(look[rows])).astype(np.uint8) for look in looks.T], axis=1)


def _times(means: NDArray[np.uint8], counts: NDArray[np.int32]) -> Floats:
    """Multiply means (n, 4), in steps of 1/255, by how many they are of, (n,)."""
    # Four equal factors in a row: multiplying by a column takes three times as long.
    sums = np.repeat(counts.astype(np.float32) / np.float32(255), 4)
    sums *= means.ravel()
    return sums.reshape(-1, 4)


def _looks(table: Floats) -> Floats:
    """Return blue, green and red, times opacity, and opacity of each row of a table. (rows, 4) -> (rows, 4)."""
    return np.concatenate([table[:, 2::-1] * table[:, 3:], table[:, 3:]], axis=1)
