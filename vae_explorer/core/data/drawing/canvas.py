"""A batch of square pictures to paint on, with edges as soft as one pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""A value for each point, (B, H, W) or what broadcasts to it."""

Amount = float | Field
"""One number for all pictures of a batch, or (B, 1, 1)."""

Colour = NDArray[np.floating[Any]]
"""Red, green and blue within 0 and 1: (3, 1, 1) for all pictures, (B, 3, 1, 1), or (B, 3, H, W)."""


class Canvas:
    """B pictures of size × size, or a part of them. x goes right and y down, from −1 to 1 over the whole picture."""

    def __init__(
        self, pixels: NDArray[np.float32], x: Field, y: Field, pixel: float, mask: Field | None = None
    ) -> None:
        self.pixels = pixels
        """(B, 3, H, W), within 0 and 1."""
        self.x = x
        """(1, 1, W), of the pixels' centres."""
        self.y = y
        """(1, H, 1)."""
        self._pixel = pixel
        self._mask = mask

    @classmethod
    def blank(cls, count: int, size: int, colour: Colour) -> Canvas:
        """Return `count` pictures of one colour."""
        centres = ((np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1).astype(np.float32)
        pixels = np.empty((count, 3, size, size), np.float32)
        pixels[:] = colour
        return cls(pixels, centres[None, None, :], centres[None, :, None], 2 / size)

    def part(self, top: float, bottom: float, left: float = -1, right: float = 1) -> Canvas:
        """Return a view of the pixels between these edges: what is small needn't be painted everywhere."""
        rows, columns = _between(self.y, top, bottom), _between(self.x, left, right)
        mask = None if self._mask is None else self._mask[:, rows, columns]
        return Canvas(self.pixels[:, :, rows, columns], self.x[:, :, columns], self.y[:, rows], self._pixel, mask)

    def masked(self, mask: Field) -> Canvas:
        """Return the same pixels, to be painted only where `mask`, (B, H, W), covers them."""
        return Canvas(self.pixels, self.x, self.y, self._pixel, mask)

    def cover(self, distance: Field) -> Field:
        """Turn signed distances from an edge (negative inside) into the share of each pixel that is inside."""
        share: Field = np.clip(0.5 - distance * np.float32(1 / self._pixel), 0, 1)
        return share

    def ellipse(self, x: Amount, y: Amount, width: Amount, height: Amount) -> Field:
        """Cover an ellipse around (x, y); `width` and `height` are from its centre to its edge."""
        across, down = (self.x - x) / width, (self.y - y) / height
        radius = np.sqrt(across**2 + down**2)
        slope = np.sqrt((across / width) ** 2 + (down / height) ** 2)
        return self.cover(radius * (radius - 1) / np.maximum(slope, np.float32(1e-6)))

    def band(self, upper: Field, lower: Field, left: Amount, right: Amount) -> Field:
        """Cover what lies between two curves, y given for each x, and between two uprights."""
        between = self.cover(upper - self.y) * self.cover(self.y - lower)
        return between * (self.cover(left - self.x) * self.cover(self.x - right))

    def paint(self, coverage: Field, colour: Colour) -> None:
        """Lay a colour over what is covered, in part where it is covered in part."""
        if self._mask is not None:
            coverage = coverage * self._mask
        self.pixels += coverage[:, None] * (colour - self.pixels)

    def to_bytes(self) -> NDArray[np.uint8]:
        """Return the pictures, (B, H, W, 3)."""
        levels: NDArray[np.float32] = np.clip(self.pixels * np.float32(255) + np.float32(0.5), 0, 255)
        return levels.astype(np.uint8).transpose(0, 2, 3, 1)


def rgb(*levels: float) -> Colour:
    """Return a colour from levels of 0 to 255."""
    return (np.array(levels) / 255).astype(np.float32).reshape(3, 1, 1)


def smoothstep(value: Field, low: float, high: float) -> Field:
    """Rise from 0 at `low` to 1 at `high`, level at both ends."""
    share: Field = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _between(centres: Field, low: float, high: float) -> slice:
    line = centres.ravel()
    return slice(int(np.searchsorted(line, low)), int(np.searchsorted(line, high)))
