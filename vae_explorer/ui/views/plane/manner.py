"""How points are drawn, as suits how many are in sight: as dots, the fewer the larger, or as a density."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.viewport import Viewport

CROWD: Final = 25_000
"""Points in sight from which they are drawn as a density: dots would hide each other, and all of the mosaic."""

_MANY: Final = 2_000
"""Of more points dots get smaller faster, so that the last of them are about as large as the first of a density."""

_SPREADS: Final = ((0.08, 3), (0.2, 2))
"""Of fewer points a pixel each one in a density covers so many pixels in both directions: a single one would be lost
among the mosaic. More are dense enough."""

_SHARES: Final = ((0.02, 0.65), (0.08, 0.4), (0.2, 0.3))
"""Points a pixel in a density, and the share that a single one hides of what lies under it: between these in
proportion. The fewest take over from dots, which hide all."""

_KEPT: Final = 1.4
"""While the view is moved all stays as it is until there are so many times more or fewer points: else it flickered."""


@dataclass(frozen=True)
class Manner:
    """What the number of points in sight makes of them."""

    units_per_pixel: float
    count: int
    pixels: int
    """As large is the view."""

    @classmethod
    def of(cls, viewport: Viewport, cloud: Cloud, before: Manner | None = None) -> Manner:
        """Choose for what is in sight; `before` is how points were drawn last."""
        pixels = viewport.width * viewport.height
        now = cls(viewport.view.units_per_pixel, cloud.index.count_about(viewport.bounds), pixels)
        if before is not None and replace(before, count=now.count) == now and _about(before.count, now.count):
            return before
        return now

    @property
    def is_crowd(self) -> bool:
        """Whether points do better as a density."""
        return self.count >= CROWD

    @property
    def dot_px(self) -> float:
        """The diameter of a dot, in steps of a quarter: each size has a stamp of its own."""
        some = np.log10(max(self.count, 1))
        size = 8.4 - some - max(0.0, some - np.log10(_MANY))
        return float(np.round(4 * np.clip(size, 2.0, 7.0)) / 4)

    @property
    def spread_px(self) -> int:
        """How many pixels each point of a density covers in both directions."""
        return next((spread for most, spread in _SPREADS if self._per_pixel < most), 1)

    @property
    def share(self) -> float:
        """How much of what lies under it each point of a density hides."""
        densities, shares = zip(*_SHARES, strict=True)
        return float(np.interp(np.log(max(self._per_pixel, 1e-9)), np.log(densities), shares))

    @property
    def _per_pixel(self) -> float:
        return self.count / max(self.pixels, 1)


def _about(one: int, other: int) -> bool:
    """Whether the eye would take two numbers for the same."""
    return one <= _KEPT * other and other <= _KEPT * one
