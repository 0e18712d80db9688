"""A small folder of images to train on: drawn cells, four kinds in four subfolders, in several file formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = 48
"""Height and width in pixels."""

SUFFIXES = (".png", ".jpg", ".webp", ".bmp", ".tif")

UNREADABLE = "unfinished.png"
"""The name of a file that is no image, as real folders have them: the program must say that it was skipped."""

Plane = NDArray[np.float64]
"""(SIZE, SIZE) numbers."""

_GROUND = (0.06, 0.07, 0.10)
_EDGE = 0.06
"""Half the width of a soft edge, in units of half a picture."""


def write_pictures(folder: Path, count: int = 320, seed: int = 0) -> None:
    """Write `count` pictures, as many of each kind, into subfolders of `folder`, and one file that can't be read."""
    random = np.random.default_rng(seed)
    kinds = tuple(KINDS)
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        suffix = SUFFIXES[number // len(kinds) % len(SUFFIXES)]
        Image.fromarray(draw(kind, random)).save(folder / kind / f"cell {number:03}{suffix}")
    (folder / kinds[0] / UNREADABLE).write_bytes(b"")


def draw(kind: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one picture of a kind in KINDS. -> (SIZE, SIZE, 3)."""
    shape, (red, green, blue) = KINDS[kind]
    across, up = _turned(random)
    cover = shape(across, up, random)[..., None]
    body = np.array([red, green, blue]) * random.uniform(0.85, 1.15)
    nucleus = _soft(0.16 - np.hypot(across - random.uniform(-0.1, 0.1), up))[..., None]
    inside = body * (1 - 0.55 * nucleus)
    picture = np.array(_GROUND) * (1 - cover) + inside * cover + random.normal(0, 0.01, cover.shape)
    pixels: NDArray[np.uint8] = np.rint(255 * picture.clip(0, 1)).astype(np.uint8)
    return pixels


def _turned(random: np.random.Generator) -> tuple[Plane, Plane]:
    """Return each pixel's coordinates in a frame that is turned and moved at random; the picture reaches to ±1."""
    steps = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    x, y = np.meshgrid(steps - random.uniform(-0.1, 0.1), steps - random.uniform(-0.1, 0.1))
    angle = random.uniform(-0.6, 0.6)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _soft(depth: Plane) -> Plane:
    """Turn the depth inside a shape (below 0: outside) into a cover from 0 to 1 with a smooth edge."""
    share = np.clip(depth / (2 * _EDGE) + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def _disc(across: Plane, up: Plane, random: np.random.Generator) -> Plane:
    return _soft(random.uniform(0.3, 0.75) - np.hypot(across, up))


def _rod(across: Plane, up: Plane, random: np.random.Generator) -> Plane:
    half = random.uniform(0.3, 0.55)
    return _soft(random.uniform(0.2, 0.32) - np.hypot(across, up - up.clip(-half, half)))


def _ring(across: Plane, up: Plane, random: np.random.Generator) -> Plane:
    radius = random.uniform(0.4, 0.65)
    return _soft(random.uniform(0.12, 0.2) - np.abs(np.hypot(across, up) - radius))


def _crescent(across: Plane, up: Plane, random: np.random.Generator) -> Plane:
    radius = random.uniform(0.45, 0.7)
    bite = np.hypot(across - 0.6 * radius, up) - 0.8 * radius
    return _soft(np.minimum(radius - np.hypot(across, up), bite))


KINDS: dict[str, tuple[Callable[[Plane, Plane, np.random.Generator], Plane], tuple[float, float, float]]] = {
    "crescents": (_crescent, (0.30, 0.72, 0.52)),
    "discs": (_disc, (0.86, 0.36, 0.40)),
    "rings": (_ring, (0.36, 0.53, 0.88)),
    "rods": (_rod, (0.87, 0.68, 0.26)),
}
"""For each subfolder the shape of its cells and their colour."""
