"""The sample `sample:faces`: cartoon faces, each drawn from six factors that are drawn evenly and independently."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Factor, Factors, Images, ImageSet, ImageShape, Progress
from vae_explorer.core.data.drawing.face import FaceValues, draw_faces
from vae_explorer.core.data.pieces import Pieces
from vae_explorer.core.data.samples import PREFIX, Portion, numbered, samples, size_of, spaced

RANGES = {
    "yaw": (-35.0, 35.0),
    "expression": (-1.0, 1.0),
    "eye_opening": (0.0, 1.0),
    "hair": (0.0, 1.0),
    "skin": (0.0, 1.0),
    "light": (-1.0, 1.0),
}
"""From … to: yaw in degrees, from left to right; expression from frown to smile; eyes from shut to open; hair from
short to long; skin from light to dark; light from the left to the right."""

MOODS = ("frown", "neutral", "smile")
"""Thirds of the expression's range, as labels."""

VERSION = "1"
"""Changes whenever faces are drawn differently."""

_AT_ONCE = 32
"""Faces of a batch: few enough for the processor's cache."""


@samples.register
class Faces:
    """Faces, as many as are asked for."""

    name: ClassVar[str] = "faces"
    title: ClassVar[str] = "Cartoon faces"
    summary: ClassVar[str] = (
        "Faces drawn from known factors: yaw, expression, eye opening, hair, skin tone and light; 64×64 in colour, "
        "5 000 unless a number is given."
    )
    native: ClassVar[ImageShape] = ImageShape(64, 3)
    count: ClassVar[int] = 5000
    limit: ClassVar[int] = 1_000_000
    endless: ClassVar[bool] = True

    @classmethod
    def read(
        cls, portion: Portion, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Draw the faces at `shape`, with their expressions as labels. Raises UserError or Cancelled."""
        source, count = PREFIX + cls.name + portion.suffix, size_of(cls, portion)
        values = draw_values(count, portion.seed)
        size = max(shape.size, cls.native.size)  # smaller ones are drawn at 64×64 and scaled, which shows more

        def draw(start: int, stop: int) -> Images:
            starts = range(start, stop, _AT_ONCE)
            return np.concatenate([faces_from(values[at : min(at + _AT_ONCE, stop)], size) for at in starts])

        return ImageSet(
            source=source,
            title=f"{spaced(count)} cartoon face{'s' if count > 1 else ''}",
            images=Pieces(source, VERSION, count, draw).read(shape, on_progress, cancel),
            paths=numbered("face", count),
            labels=moods(values[:, 1]),
            label_names=MOODS,
            shape=shape,
            factors=Factors(tuple(map(Factor, RANGES)), values),
        )


def draw_values(count: int, seed: int) -> NDArray[np.float64]:
    """Draw the factors of `count` faces, (count, 6): those of a smaller number are the beginning of a larger."""
    shares = np.random.default_rng(seed).random((count, len(RANGES)))
    low, high = np.array(list(RANGES.values())).T
    values: NDArray[np.float64] = low + (high - low) * shares
    return values


def faces_from(values: NDArray[np.float64], size: int) -> Images:
    """Draw a face for each row of factors, (B, 6). -> (B, size, size, 3)."""
    yaw, *others = values.astype(np.float32).T.reshape(len(RANGES), len(values), 1, 1)
    return draw_faces(FaceValues(np.radians(yaw), *others), size)


def moods(expression: NDArray[np.float64]) -> NDArray[np.int64]:
    """Sort expressions, −1 to 1, into three classes."""
    return np.digitize(expression, [-1 / 3, 1 / 3]).astype(np.int64)
