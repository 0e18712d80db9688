"""What the plane's layers draw from: computed once for each change, not for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.folders import by_folder
from vae_explorer.core.shades import STEPS, UNKNOWN, Groups, Shades
from vae_explorer.services.colours import ColourBy, ColourKind, is_plain
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme

OPACITY: Final = (1.0, 0.5, 0.18)
"""By depth: points far from the plane fade."""

DEPTHS: Final = len(OPACITY)
"""Into how many classes the points are sorted by their distance from the plane."""


MOST_COLOURS: Final = 500
"""Of more categories than an eye could tell apart some share a colour."""


@dataclass(frozen=True)
class Scale:
    """What the legend says of points that are coloured by a number."""

    by: ColourBy
    shades: Shades | None = None
    """None while they are being computed."""
    step: int | None = None
    """Of the training whose weights they were computed with, where that goes on."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """Which category each image belongs to, or which step of a scale."""

    categories: NDArray[np.int64]
    """(N,) an index into `names`; on a scale a step, or `shades.UNKNOWN`."""
    names: tuple[str, ...]
    """Of the categories; a scale has none."""
    scale: Scale | None = None
    unknown: int | None = None
    """The category of the images of which nothing is known."""

    def colour(self, category: int) -> QColor:
        """Colour of a category, or of a step."""
        return self.palette[int(self.in_palette(np.array([category]))[0])]

    @cached_property
    def palette(self) -> tuple[QColor, ...]:
        """The colours there are; the last is for what isn't known."""
        if self.scale is not None:
            colours = [theme.scale_colour((step + 0.5) / STEPS) for step in range(STEPS)]
        else:
            colours = [theme.category_colour(number) for number in range(min(len(self.names), MOST_COLOURS))]
        return (*colours, QColor(theme.FAINT))

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """Red, green, blue and opacity in [0, 1] for each colour and depth, ((colours + 1)·DEPTHS, 4).

        The last rows are those of points that aren't selected while others are.
        """
        rows = [
            (colour.redF(), colour.greenF(), colour.blueF(), opacity)
            for colour in (*self.palette, QColor(theme.FAINT))
            for opacity in OPACITY
        ]
        return np.array(rows, np.float32)

    def in_palette(self, categories: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the colours of categories, (n,) -> (n,) index into `palette`."""
        last = len(self.palette) - 1
        if self.scale is not None:
            return np.minimum(categories, last)
        places = categories % max(last, 1) if len(self.names) > last else categories
        return places if self.unknown is None else np.where(categories == self.unknown, last, places)


def colouring(state: AppState) -> Colouring | None:
    """Return how the embedding's images are coloured; all in grey while that is being computed. None without one."""
    embedding, by, shading = state.embedding, state.colour_by, state.shading
    if embedding is None:
        return None
    if is_plain(by, len(embedding.images)):
        return sort_by(embedding.images, by.kind)
    if shading is None or shading.by != by or shading.images is not embedding.images:
        return Colouring(np.broadcast_to(np.int64(UNKNOWN), len(embedding.images)), (), Scale(by))
    if isinstance(shading.content, Groups):
        return Colouring(shading.content.numbers, shading.content.names, unknown=shading.content.unknown)
    return Colouring(shading.content.steps, (), Scale(by, shading.content, shading.step))


@lru_cache(maxsize=1)
def sort_by(images: ImageSet, kind: ColourKind) -> Colouring:
    """Sort images into categories by label or by folder; into one where there is nothing to sort by.

    While they are shown their codes change five times a second, their categories never.
    """
    if kind == "label" and images.labels is not None:
        return Colouring(images.labels, images.label_names)
    if kind == "folder":
        groups = by_folder(images.paths)
        return Colouring(groups.numbers, groups.names)
    return Colouring(np.broadcast_to(np.int64(0), len(images)), ("images",))
