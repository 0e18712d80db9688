"""The images along the unfolded knobs: which are wanted, and where they belong when they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.services.state import Code

FRAMES: Final = 7
"""Images along a knob's range."""


@dataclass(frozen=True, eq=False)
class FilmRequest:
    """Films to decode, one dimension after the other."""

    dims: tuple[int, ...]
    values: NDArray[np.float32]
    """(K, FRAMES) the coordinate of each image along its dimension."""

    def codes(self, probe: Code) -> NDArray[np.float32]:
        """Return the codes of all images, (K · FRAMES, D): the probe with one coordinate changed."""
        codes = np.tile(np.array(probe, np.float32), (len(self.dims), FRAMES, 1))
        for film, dim in enumerate(self.dims):
            codes[film, :, dim] = self.values[film]
        return codes.reshape(-1, len(probe))

    def places(self, first: int, count: int) -> list[tuple[int, int]]:
        """Return dimension and frame of `count` images from `first` on."""
        return [(self.dims[place // FRAMES], place % FRAMES) for place in range(first, first + count)]


def frames_of(low: float, high: float) -> NDArray[np.float32]:
    """Return the coordinates of a film's images: the middles of equal parts of the range."""
    edges = np.linspace(low, high, 2 * FRAMES + 1)
    return edges[1::2].astype(np.float32)


def others_changed(dim: int, old: Code, new: Code) -> bool:
    """Whether any coordinate but that of `dim` has changed: along `dim` itself its film stays as it is."""
    return old[:dim] != new[:dim] or old[dim + 1 :] != new[dim + 1 :]
