"""The sample `sample:shapes`: figures on a grid of five factors, in the manner of dSprites (Matthey et al. 2017).

3 shapes × 6 scales × 40 orientations × 32 x × 32 y make 737 280 images, with y the fastest; the first orientation and
the last are the same, as in google-deepmind/dsprites-dataset. The pixels are this program's own.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Factor, Factors, Images, ImageSet, ImageShape, Progress
from vae_explorer.core.data.drawing.sprites import NAMES, draw_sprites
from vae_explorer.core.data.pieces import Pieces
from vae_explorer.core.data.samples import PREFIX, Portion, choose, numbered, samples, size_of, spaced

GRID = {"shape": len(NAMES), "scale": 6, "orientation": 40, "x": 32, "y": 32}
"""How many values each factor takes."""

VERSION = "1"
"""Changes whenever shapes are drawn differently."""

_SIZES = tuple(GRID.values())
_SIDE = 64
_SPRITE = _SIDE + 1 - GRID["x"]
"""Pixels across a sprite: each step of x and y moves it by one, from edge to edge."""


@samples.register
class Shapes:
    """Squares, ellipses and hearts."""

    name: ClassVar[str] = "shapes"
    title: ClassVar[str] = "Shapes, dSprites-style"
    summary: ClassVar[str] = (
        "Squares, ellipses and hearts on a grid of scale, orientation, x and y; 64×64 in black and white. 20 000 of "
        "the 737 280, chosen at random, unless a number or “all” is given."
    )
    native: ClassVar[ImageShape] = ImageShape(_SIDE, 1)
    count: ClassVar[int] = 20_000
    limit: ClassVar[int] = math.prod(_SIZES)
    endless: ClassVar[bool] = False

    @classmethod
    def read(
        cls, portion: Portion, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Draw shapes at `shape`, with the names of the figures as labels. Raises UserError or Cancelled."""
        source, count = PREFIX + cls.name + portion.suffix, size_of(cls, portion)
        chosen = np.arange(cls.limit) if portion.everything else choose(cls.limit, count, portion.seed)
        values = factors_of(chosen)
        pieces = Pieces(source, VERSION, count, lambda start, stop: shapes_from(values[start:stop]))
        few = "" if portion.everything else f" of {spaced(cls.limit)}"
        return ImageSet(
            source=source,
            title=f"{spaced(count)}{few} shapes",
            images=pieces.read(shape, on_progress, cancel),
            paths=numbered("shape", count),
            labels=values[:, 0].copy(),
            label_names=NAMES,
            shape=shape,
            factors=Factors(tuple(Factor(name, size) for name, size in GRID.items()), values.astype(np.float64)),
        )


def factors_of(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the factors, (N, 5), of images by their numbers in the whole grid."""
    return np.stack(np.unravel_index(numbers, _SIZES), axis=1).astype(np.int64)


def shapes_from(values: NDArray[np.int64]) -> Images:
    """Draw an image for each row of factors, (N, 5). -> (N, 64, 64, 1)."""
    shape, scale, orientation, x, y = values.T
    images = np.zeros((len(values), _SIDE, _SIDE, 1), np.uint8)
    places = np.lib.stride_tricks.sliding_window_view(images[..., 0], (_SPRITE, _SPRITE), axis=(1, 2), writeable=True)
    places[np.arange(len(values)), y, x] = _sprites()[shape, scale, orientation]
    return images


@functools.cache
def _sprites() -> NDArray[np.uint8]:
    return draw_sprites(GRID["scale"], GRID["orientation"], _SPRITE)
