"""Small black and white figures at every scale and angle of a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NAMES = ("square", "ellipse", "heart")

Points = NDArray[np.float64]

_SAMPLES = 4
"""Points across a pixel, of which at least half must be inside for it to be white."""


def draw_sprites(scales: int, angles: int, side: int) -> NDArray[np.uint8]:
    """Draw every figure at scales from ½ to 1 and angles from 0 to 2π, both included; 0 or 255.

    -> (3, scales, angles, side, side). The largest figure touches the edges at some angle.
    """
    sprites = np.empty((len(NAMES), scales, angles, side, side), np.uint8)
    for i, scale in enumerate(np.linspace(0.5, 1, scales)):
        for j in range(angles):
            x, y = _points(side, scale, 2 * np.pi * (j % (angles - 1)) / (angles - 1))
            sprites[:, i, j] = [_majority(inside, side) for inside in (_square(x, y), _ellipse(x, y), _heart(x, y))]
    return sprites


def _points(side: int, scale: float, angle: float) -> tuple[Points, Points]:
    """Return where points of the picture lie in a figure of radius 1 that is scaled, then turned clockwise."""
    count = side * _SAMPLES
    line = ((np.arange(count) + 0.5) * (2 / count) - 1) / scale
    x, y = line[None, :], line[:, None]
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _majority(inside: NDArray[np.bool_], side: int) -> NDArray[np.uint8]:
    shares = inside.reshape(side, _SAMPLES, side, _SAMPLES).mean(axis=(1, 3))
    return np.where(shares >= 0.5, 255, 0).astype(np.uint8)


def _square(x: Points, y: Points) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.maximum(abs(x), abs(y)) <= np.sqrt(0.5)
    return inside


def _ellipse(x: Points, y: Points) -> NDArray[np.bool_]:
    """Twice as high as wide."""
    inside: NDArray[np.bool_] = (2 * x) ** 2 + y**2 <= 1
    return inside


def _heart(x: Points, y: Points) -> NDArray[np.bool_]:
    """The curve (u² + v² − 1)³ = u²·v³, which reaches 1.29 from (0, 0.2); y goes down."""
    u, v = 1.29 * x, 0.2 - 1.29 * y
    inside: NDArray[np.bool_] = (u**2 + v**2 - 1) ** 3 <= u**2 * v**3
    return inside
