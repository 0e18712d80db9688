"""How σ of each dimension went while training ran, as curves."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.plot import Line

_MOST_LINES: Final = 16
"""Of more dimensions, the first so many are drawn, unless one is chosen."""


class SpreadHistory:
    """Medians of σ, one row for each time that they were counted."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._medians: list[NDArray[np.float32]] = []

    def add(self, elapsed_s: float, medians: NDArray[np.float32]) -> None:
        """Take the medians (D,) at a moment of training. A moment that is told again replaces what was said of it."""
        if self._times and elapsed_s <= self._times[-1]:
            self._times.pop()
            self._medians.pop()
        self._times.append(elapsed_s)
        self._medians.append(medians)

    def lines(self, dim: int | None) -> list[Line]:
        """Return the curve of a dimension, or of all."""
        if not self._times:
            return []
        times, medians = np.array(self._times), np.stack(self._medians).astype(np.float64)
        dims = range(min(medians.shape[1], _MOST_LINES)) if dim is None else [dim]
        return [Line(f"z{one + 1}", times, medians[:, one], theme.category_colour(one).name()) for one in dims]
