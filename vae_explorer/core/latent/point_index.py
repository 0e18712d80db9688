"""Points of a picture, sorted so that those of a part of it are found, counted and drawn without a look at the rest.

They lie along a Z-order curve (Morton 1966): each square of a quadtree is one run of them. Where many share a square
that is smaller than a pixel, a `Level` has them merged, so that drawing costs what is seen and not what there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
"""Of points, in the order of the index."""
Box = tuple[float, float, float, float]
"""x from, x to, y from, y to."""

_BITS: Final = 16
"""The finest squares are 2^−16 as wide as the whole."""

_OUTERMOST: Final = 0.001
"""This share of the points at either end may lie beyond the squares: one far outlier mustn't make them large."""

_REACH: Final = 0.5
"""The squares go beyond the other points by this share of their extent."""

_MOST_LOOKED_AT: Final = 16_384
"""Of more points, so many in even steps tell where most lie."""

_SQUARES_ACROSS: Final = 8
"""A box is covered by about so many squares a side."""

_FINEST_LEVEL: Final = 0.25
"""A level has at most this share of the points: merging fewer isn't worth the memory."""

_COARSER: Final = 0.3
"""The next level has at most this share of it: all together they have little more than a third of the points."""

_FEWEST: Final = 20_000
"""Fewer points are drawn as they are in no time."""


@dataclass(frozen=True, eq=False)
class Level:
    """The points merged square by square, in the order of the curve."""

    square: float
    """How wide a square is."""
    starts: NDArray[np.int32]
    """(n + 1,) the place of the first point of each square that isn't empty; and where the last one ends."""
    xy: Floats
    """(n, 2) the mean of its points."""

    @classmethod
    def of(cls, square: float, starts: NDArray[np.int32], xy: Floats) -> Level:
        """Merge points (N, 2) in the order of the index."""
        bare = cls(square, starts, xy[:0])
        return cls(square, starts, np.stack([bare.average(xy[:, 0]), bare.average(xy[:, 1])]).T)

    @property
    def counts(self) -> NDArray[np.int32]:
        """Count the points of each square, (n,)."""
        return np.diff(self.starts)

    def average(self, values: Floats) -> Floats:
        """Average what the points have, (N,) in the order of the index, square by square. -> (n,)."""
        sums = np.add.reduceat(values[: self.starts[-1]].astype(np.float64), self.starts[:-1])
        return np.asarray(sums / self.counts, np.float32)


@dataclass(frozen=True, eq=False)
class Runs:
    """Places from … to (not with), ascending; no two touch."""

    starts: Places
    stops: Places

    def __len__(self) -> int:
        return int((self.stops - self.starts).sum())

    def pieces(self, most: int) -> Iterator[Runs]:
        """Cut into pieces of at most so many places, in their order."""
        bounds = np.concatenate([[0], np.cumsum(self.stops - self.starts)])
        for begin in range(0, int(bounds[-1]), most):
            end = min(begin + most, int(bounds[-1]))
            first, last = np.searchsorted(bounds, begin, side="right") - 1, np.searchsorted(bounds, end)
            starts, stops = self.starts[first:last].copy(), self.stops[first:last].copy()
            starts[0] += begin - bounds[first]
            stops[-1] -= bounds[last] - end
            yield Runs(starts, stops)

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what lies at these places in an array: a view where it is one run."""
        pieces = [values[start:stop] for start, stop in zip(self.starts.tolist(), self.stops.tolist(), strict=True)]
        return pieces[0] if len(pieces) == 1 else np.concatenate([values[:0], *pieces])


class PointIndex:
    """Points (N, 2) in the order of the curve. Immutable; any thread may ask.

    Points that aren't finite numbers have no place and are left out. 16 bytes a point, and at most
    4.3 more for the levels.
    """

    def __init__(self, xy: Floats, numbers: NDArray[np.int32] | None = None) -> None:
        """`xy` is (N, 2); `numbers` (N,) is what the points are called, 0 to N − 1 unless it is given."""
        self._corner, self._side = _square(xy)
        order, self._keys = _sorted(xy, self._corner, self._side)
        self.xy: Floats = np.asfortranarray(xy[order])
        """(n, 2) where the points lie."""
        self.numbers: NDArray[np.int32] = order if numbers is None else numbers[order]
        """(n,) what they are called."""
        self.levels = _levels(self.xy, self._keys, self._side)
        """The coarsest last."""
        self._covered: tuple[Any, tuple[Places, Places, NDArray[np.bool_]]] | None = None
        """The squares that were asked for last, and their runs."""

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        own = self.xy.nbytes + self.numbers.nbytes + self._keys.nbytes
        return own + sum(level.starts.nbytes + level.xy.nbytes for level in self.levels)

    def level_for(self, pixel: float) -> Level | None:
        """Return the coarsest level whose squares are no wider than `pixel`; None where no level is so fine."""
        fine = [level for level in self.levels if level.square <= pixel]
        return fine[-1] if fine else None

    def merged(self) -> tuple[Floats, NDArray[np.int32]]:
        """Return all points as places, (m, 2), and how many lie there, (m,): merged where there are levels."""
        if not self.levels:
            return self.xy, np.ones(len(self.xy), np.int32)
        level, beyond = self.levels[0], self.beyond.of(self.xy)
        return np.concatenate([level.xy, beyond]), np.concatenate([level.counts, np.ones(len(beyond), np.int32)])

    def runs(self, box: Box) -> Runs:
        """Return runs that have all points in `box`, and some beside it, but for those `beyond`."""
        starts, stops, _ = self._squares(box)
        return _joined(starts, stops)

    def squares_in(self, runs: Runs, level: Level) -> Runs:
        """Return those squares of a level whose points are in `runs`, which came from a box of many squares."""
        return Runs(np.searchsorted(level.starts, runs.starts), np.searchsorted(level.starts, runs.stops))

    @property
    def beyond(self) -> Runs:
        """The points beyond all squares: the last, and few."""
        return Runs(np.array([len(self._keys)]), np.array([len(self.xy)]))

    def inside(self, box: Box) -> Places:
        """Find the points in `box`. -> (n,) ascending."""
        runs = self.runs(box)
        pieces = [np.arange(*ends) for ends in zip(runs.starts.tolist(), runs.stops.tolist(), strict=True)]
        candidates = np.concatenate([*pieces, np.arange(len(self._keys), len(self.xy))])
        x, y = self.xy[candidates].T
        return np.asarray(candidates[(x >= box[0]) & (x < box[1]) & (y >= box[2]) & (y < box[3])])

    def has_at_least(self, count: int, box: Box) -> bool:
        """Whether so many points lie in `box`."""
        starts, stops, within = self._squares(box)
        if int((stops - starts).sum()) + len(self.xy) - len(self._keys) < count:
            return False
        return int((stops - starts)[within].sum()) >= count or len(self.inside(box)) >= count

    def count_about(self, box: Box) -> int:
        """Count the points in `box` and a little around it, in no time."""
        starts, stops, _ = self._squares(box)
        return int((stops - starts).sum()) + len(self.xy) - len(self._keys)

    def nearest(self, x: float, y: float, radius: float, within: Box) -> int | None:
        """Find the point in the box `within` that lies nearest to (x, y), no farther than `radius`. -> its place."""
        for reach in (radius / 16, radius / 4, radius):
            places = self.inside(_common((x - reach, x + reach, y - reach, y + reach), within))
            if len(places):
                dx, dy = (self.xy[places] - np.array([x, y])).T
                squared = dx * dx + dy * dy
                best = int(squared.argmin())
                if squared[best] <= reach * reach:
                    return int(places[best])
        return None

    def _squares(self, box: Box) -> tuple[Places, Places, NDArray[np.bool_]]:
        """Cover `box` by squares: where their runs start and stop, and whether they surely lie in it as a whole."""
        x0, x1, y0, y1 = box
        wanted = max(x1 - x0, y1 - y0, self._side * 2.0**-_BITS) / _SQUARES_ACROSS
        bits = int(np.clip(math.floor(math.log2(self._side / wanted)), 0, _BITS))
        scale = 2**bits / self._side
        columns = _steps((x0 - self._corner[0]) * scale, (x1 - self._corner[0]) * scale, 2**bits)
        rows = _steps((y0 - self._corner[1]) * scale, (y1 - self._corner[1]) * scale, 2**bits)
        asked, covered = (bits, columns, rows), self._covered
        if covered is None or covered[0] != asked:  # each frame asks some times for nearly the same
            self._covered = covered = asked, self._runs_of(*asked)
        return covered[1]

    def _runs_of(self, bits: int, columns: range, rows: range) -> tuple[Places, Places, NDArray[np.bool_]]:
        column, row = (grid.ravel() for grid in np.meshgrid(*(np.array(steps, np.uint32) for steps in (columns, rows))))
        keys = _interleaved(column, row)
        order = np.argsort(keys)
        shift = np.uint64(2 * (_BITS - bits))
        first = keys[order].astype(np.uint64) << shift
        last = first + (np.uint64(1) << shift) - np.uint64(1)
        starts = np.searchsorted(self._keys, first.astype(np.uint32))
        stops = np.searchsorted(self._keys, last.astype(np.uint32), side="right")
        within = (column > columns.start) & (column < columns.stop - 1) & (row > rows.start) & (row < rows.stop - 1)
        return starts, stops, within[order]


def _joined(starts: Places, stops: Places) -> Runs:
    """Join runs that touch, and leave out the empty."""
    starts, stops = starts[stops > starts], stops[stops > starts]
    apart = starts[1:] != stops[:-1]
    begins = np.concatenate([np.ones(len(starts[:1]), bool), apart])
    ends = np.concatenate([apart, np.ones(len(stops[:1]), bool)])
    return Runs(starts[begins], stops[ends])


def _square(xy: Floats) -> tuple[tuple[float, float], float]:
    """Return the lower left corner and the side of a square around all but the outermost points."""
    some = xy[:: -(-len(xy) // _MOST_LOOKED_AT) or 1].astype(np.float64)
    some = some[np.isfinite(some).all(axis=1)]
    if not len(some):
        return (0.0, 0.0), 1.0
    low, high = np.quantile(some, [_OUTERMOST, 1 - _OUTERMOST], axis=0)
    extent = float((high - low).max())
    side = max(extent * (1 + 2 * _REACH), float(np.abs([low, high]).max()) * 1e-5, 1e-12)
    left, bottom = (low + high) / 2 - side / 2
    return (float(left), float(bottom)), side


def _sorted(xy: Floats, corner: tuple[float, float], side: float) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Return the order (n,) of the points, those beyond the squares at the end, and the keys of the others."""
    scale = 2**_BITS / side
    with np.errstate(over="ignore", invalid="ignore"):
        column, row = ((xy[:, axis].astype(np.float64) - corner[axis]) * scale for axis in (0, 1))
    held = (column >= 0) & (column < 2**_BITS) & (row >= 0) & (row < 2**_BITS)
    inside = np.flatnonzero(held)
    beyond = np.flatnonzero(~held & np.isfinite(xy).all(axis=1))
    keys = _interleaved(column[inside].astype(np.uint32), row[inside].astype(np.uint32))
    # Key and number in one word: sorting these takes a fourth of the time that argsort does.
    words = (keys.astype(np.uint64) << np.uint64(32)) | inside.astype(np.uint64)
    words.sort()
    order = np.concatenate([(words & np.uint64(0xFFFFFFFF)).astype(np.int32), beyond.astype(np.int32)])
    return order, (words >> np.uint64(32)).astype(np.uint32)


def _levels(xy: Floats, keys: NDArray[np.uint32], side: float) -> tuple[Level, ...]:
    levels: list[Level] = []
    if len(keys) < _FEWEST:
        return ()
    most = _FINEST_LEVEL * len(keys)
    step = keys[1:] ^ keys[:-1]
    for bits in range(_BITS - 1, 0, -1):
        new = step >= np.uint32(1 << 2 * (_BITS - bits))
        if np.count_nonzero(new) < most:
            starts = np.concatenate([[0], np.flatnonzero(new) + 1, [len(keys)]]).astype(np.int32)
            levels.append(Level.of(side / 2**bits, starts, xy))
            most = _COARSER * len(starts)
    return tuple(levels)


def _interleaved(column: NDArray[np.uint32], row: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Interleave the bits of two numbers of 16 bits: the place on the curve."""
    return _spread(column) | (_spread(row) << np.uint32(1))


def _spread(number: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        number = (number | (number << np.uint32(shift))) & np.uint32(mask)
    return number


def _steps(low: float, high: float, count: int) -> range:
    """Return the steps of 0 to count − 1 that an interval touches."""
    first, last = (math.floor(min(max(end, -1), count)) for end in (low, high))
    return range(max(first, 0), min(last, count - 1) + 1)


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), min(one[3], other[3])
