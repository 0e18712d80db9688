"""True factors as metrics of disentanglement take them: those that vary, each also cut into classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.batches import Indices
from vae_explorer.core.data.base import Factors

BINS = 20
"""A continuous quantity is cut into so many classes of equal width, as disentanglement_lib does with codes."""

MOST_CLASSES = 100
"""A factor of more values than this is taken for continuous."""

Classes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VaryingFactors:
    """K factors of n images."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    """(n, K)."""
    classes: Classes
    """(n, K), for each factor 0 to its number of classes − 1, all of which occur."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def counts(self) -> list[int]:
        """Number of classes of each factor."""
        return [int(column.max()) + 1 for column in self.classes.T]

    def by_name(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Name one value for each factor, (K,)."""
        return dict(zip(self.names, values.tolist(), strict=True))

    def first(self, count: int) -> VaryingFactors:
        """Take the factors of the first images alone; a factor may not vary among them."""
        return VaryingFactors(self.names, self.values[:count], self.classes[:count])


def varying(factors: Factors, indices: Indices) -> VaryingFactors:
    """Take those factors that vary among the images at `indices`, and cut the continuous ones into `BINS` classes."""
    values = factors.values[indices]
    kept = [place for place, column in enumerate(values.T) if len(np.unique(column)) > 1]
    columns = [_classes(values[:, place], continuous=factors.factors[place].categories is None) for place in kept]
    return VaryingFactors(
        tuple(factors.factors[place].name for place in kept),
        values[:, kept],
        np.stack(columns, axis=1) if kept else np.zeros((len(values), 0), np.int64),
    )


def binned(column: NDArray[np.float64]) -> Classes:
    """Cut a quantity (n,) into `BINS` classes of equal width over its range. -> (n,), 0 to BINS − 1."""
    edges = np.histogram_bin_edges(column, BINS)
    return np.asarray(np.digitize(column, edges[1:-1]), np.int64)


def _classes(column: NDArray[np.float64], *, continuous: bool) -> Classes:
    if continuous or len(np.unique(column)) > MOST_CLASSES:
        column = binned(column).astype(np.float64)
    return np.asarray(np.unique(column, return_inverse=True)[1], np.int64)
