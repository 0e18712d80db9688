"""How densely a model's codes lie on a plane: the aggregated posterior, and the lines around shares of its mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""x from, x to, y from, y to."""

CELLS: Final = 160
"""Along each side of the table in which codes are counted."""

MOST_CODES: Final = 16_384
"""Of more codes, so many in even steps tell how far they reach and how wide they spread; all are counted."""

SHARES: Final = (0.5, 0.8, 0.95)
"""Of the mass, that the lines enclose."""

_REACH: Final = 3.0
"""The table goes so many standard deviations of the blur beyond the codes."""

_OUTERMOST: Final = 0.002
"""This share of the codes at either end may lie beyond it: one far outlier mustn't make its cells large."""

_BANDWIDTH: Final = 0.3
"""Of Scott's rule, which is made for one hill: codes lie in many."""


@dataclass(frozen=True, eq=False)
class Density:
    """A density on a plane. `values` (rows, columns) are shares of the mass by area, rows from the lowest y upwards."""

    box: Box
    values: NDArray[np.float64]

    @classmethod
    def of(
        cls, xy: Floats, spread: Floats | None = None, merged: tuple[Floats, NDArray[np.int32]] | None = None
    ) -> Density:
        """Return the density of codes (N, 2), N ≥ 1, where each is a normal distribution of covariance `spread` (2, 2).

        For the aggregated posterior q(z) = Σ q(z|x)/N, `xy` are the posteriors' means and `spread` is the mean of their
        covariances, which stands for each one's own. The finite number of codes is made up for by a little more blur,
        0.3 of the bandwidth of Scott's rule (Scott 1992), h = N^(−1/6)·σ. `merged`, places (n, 2) and counts (n,), are
        the codes with those that lie close together as one: fewer to count.
        """
        some = xy[:: -(-len(xy) // MOST_CODES)].astype(np.float64)
        covariance = _covariance(some, spread, len(xy))
        box = _box(some, covariance)
        x0, x1, y0, y1 = box
        places, weights = (xy, None) if merged is None else merged
        counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], CELLS, ((y0, y1), (x0, x1)), weights=weights)
        area = (x1 - x0) * (y1 - y0) / CELLS**2
        return cls(box, _blurred(counts / (len(xy) * area), covariance, box))

    @property
    def mass(self) -> float:
        """How much of the mass lies in the table: 1 but for the outermost codes."""
        x0, x1, y0, y1 = self.box
        return float(self.values.mean() * (x1 - x0) * (y1 - y0))

    def level(self, share: float) -> float:
        """Return the density above which `share` of the mass lies: the region of highest density (Hyndman 1996)."""
        x0, x1, y0, y1 = self.box
        ordered = np.sort(self.values, axis=None)[::-1]
        mass = np.cumsum(ordered) * (x1 - x0) * (y1 - y0) / ordered.size
        return float(ordered[min(int(np.searchsorted(mass, share)), ordered.size - 1)])

    def lines(self, share: float) -> Floats:
        """Return the border of the smallest region with `share` of the mass, as pieces of lines. -> (n, 2, 2) x and y.

        By marching squares between the centres of the cells.
        """
        x0, x1, y0, y1 = self.box
        pieces = _marching_squares(self.values - self.level(share))
        scale = np.array([x1 - x0, y1 - y0]) / CELLS
        return ((pieces + 0.5) * scale + (x0, y0)).astype(np.float32)


def _covariance(xy: NDArray[np.float64], spread: Floats | None, count: int) -> NDArray[np.float64]:
    """Return the covariance of the blur, (2, 2): that of the posteriors, and what makes up for few codes."""
    within = np.clip(xy, *np.quantile(xy, [_OUTERMOST, 1 - _OUTERMOST], axis=0))
    own = np.cov(within, rowvar=False) if len(xy) > 1 else np.eye(2)
    bandwidth = _BANDWIDTH * count ** (-1 / 6)
    return np.asarray(bandwidth**2 * own + (0 if spread is None else spread) + 1e-12 * np.eye(2))


def _box(xy: NDArray[np.float64], covariance: NDArray[np.float64]) -> Box:
    low, high = np.quantile(xy, [_OUTERMOST, 1 - _OUTERMOST], axis=0)
    reach = _REACH * np.sqrt(np.diag(covariance)) + 1e-6
    (x0, y0), (x1, y1) = low - reach, high + reach
    return float(x0), float(x1), float(y0), float(y1)


def _blurred(values: NDArray[np.float64], covariance: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """Blur with a normal distribution, by the product of Fourier transforms on a table that ends in empty cells."""
    x0, x1, y0, y1 = box
    size = 2 * CELLS
    fy = np.fft.fftfreq(size, (y1 - y0) / CELLS)[:, None]
    fx = np.fft.rfftfreq(size, (x1 - x0) / CELLS)[None]
    (xx, xy), (_, yy) = covariance
    kernel = np.exp(-2 * np.pi**2 * (xx * fx**2 + 2 * xy * fx * fy + yy * fy**2))
    blurred = np.fft.irfft2(np.fft.rfft2(values, (size, size)) * kernel, (size, size))
    return np.maximum(blurred[:CELLS, :CELLS], 0)


def _marching_squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a table crosses 0, as pieces of lines in columns and rows. (rows, columns) -> (n, 2, 2)."""
    above = values > 0
    ends = _crossings(values)
    case = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    pieces = []
    for number, sides in _SIDES.items():
        rows, columns = np.nonzero(case == number)
        pieces += [np.stack([ends[one][rows, columns], ends[other][rows, columns]], axis=1) for one, other in sides]
    return np.concatenate(pieces)


_LOWER, _RIGHT, _UPPER, _LEFT = range(4)
_SIDES: Final = {
    1: [(_LEFT, _LOWER)], 2: [(_LOWER, _RIGHT)], 3: [(_LEFT, _RIGHT)], 4: [(_RIGHT, _UPPER)],
    5: [(_LEFT, _LOWER), (_RIGHT, _UPPER)], 6: [(_LOWER, _UPPER)], 7: [(_LEFT, _UPPER)], 8: [(_LEFT, _UPPER)],
    9: [(_LOWER, _UPPER)], 10: [(_LOWER, _RIGHT), (_LEFT, _UPPER)], 11: [(_RIGHT, _UPPER)], 12: [(_LEFT, _RIGHT)],
    13: [(_LOWER, _RIGHT)], 14: [(_LEFT, _LOWER)],
}  # fmt: skip
"""Which sides of a cell the line crosses, by which of its corners lie above: 1 for the lower left one, 2 for the lower
right, 4 for the upper right and 8 for the upper left."""


def _crossings(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return where each cell's lower, right, upper and left side is crossed: (rows − 1, columns − 1, 2), x and y."""
    rows, columns = (np.arange(count, dtype=np.float64) for count in values.shape)
    level = np.stack(np.broadcast_arrays(columns[:-1] + _part(values[:, :-1], values[:, 1:]), rows[:, None]), -1)
    upright = np.stack(np.broadcast_arrays(columns, rows[:-1, None] + _part(values[:-1], values[1:])), -1)
    return [level[:-1], upright[:, 1:], level[1:], upright[:, :-1]]


def _part(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far on the way from one corner to the other the values cross 0."""
    difference = one - other
    return np.divide(one, difference, out=np.full_like(one, 0.5), where=difference != 0)
