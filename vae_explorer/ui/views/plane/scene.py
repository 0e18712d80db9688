"""What the plane's layers draw from: computed once for each change, not for each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.services.state import AppState, ColourBy, Embedding
from vae_explorer.ui import theme

DEPTHS = 3
"""Into how many classes the points are sorted by their distance from the plane."""


@dataclass(frozen=True, eq=False)
class Colouring:
    """Which category each image belongs to. `categories` is (N,) int, an index into `names`."""

    categories: NDArray[np.int64]
    names: tuple[str, ...]

    def colour(self, category: int) -> QColor:
        """Colour of a category."""
        return theme.category_colour(category)


@lru_cache(maxsize=1)
def colouring(images: ImageSet, by: ColourBy) -> Colouring:
    """Sort images into categories by label or by folder; into one where there is nothing to sort by.

    While they are shown their codes change five times a second, their categories never.
    """
    if by == "label" and images.labels is not None:
        return Colouring(images.labels, images.label_names)
    if by == "folder":
        return _by_folder(images.paths)
    return Colouring(np.zeros(len(images), np.int64), ("images",))


def _by_folder(paths: Sequence[str]) -> Colouring:
    folders = [path.rpartition("/")[0] for path in paths]  # a PurePath for each of 100 000 would take half a second
    names = {folder: printable(folder or ".") for folder in set(folders)}
    numbers = {name: number for number, name in enumerate(sorted(set(names.values())))}
    number_of = {folder: numbers[name] for folder, name in names.items()}
    return Colouring(np.array([number_of[folder] for folder in folders], np.int64), tuple(numbers))


@dataclass(frozen=True, eq=False)
class Cloud:
    """The points of an embedding as seen on a plane."""

    xy: NDArray[np.float32]
    """(N, 2) plane coordinates. Where D = 1 the height is a spread that carries no meaning."""
    depth: NDArray[np.int8]
    """(N,) 0 for the points nearest to the plane, up to DEPTHS − 1 for the farthest; all 0 where D ≤ 2."""
    categories: NDArray[np.int64]
    shown: NDArray[np.bool_]
    """(N,) whether the legend has the point's category switched on."""
    selected: NDArray[np.bool_] | None = None
    """(N,) where some are selected: the others are drawn grey, and below."""


def cloud(state: AppState, embedding: Embedding, plane: LatentPlane, colours: Colouring) -> Cloud:
    """See an embedding on a plane."""
    xy = plane.project(embedding.mean)
    if plane.dims == 1:
        xy[:, 1] = np.random.default_rng(0).uniform(-0.5, 0.5, len(xy))
    hidden = [number for number, name in enumerate(colours.names) if name in state.hidden]
    shown = ~np.isin(colours.categories, hidden) if hidden else np.ones(len(xy), bool)
    selected = None if state.selection is None else state.selection.mask(len(xy))
    return Cloud(xy, _depth(embedding, plane), colours.categories, shown, selected)


def _depth(embedding: Embedding, plane: LatentPlane) -> NDArray[np.int8]:
    """Sort points by distance from the plane: the nearest tenth, the next three tenths, the rest."""
    if plane.dims <= 2:
        return np.zeros(len(embedding.mean), np.int8)
    distance = plane.distance(embedding.mean)
    return np.searchsorted(np.quantile(distance, [0.1, 0.4]), distance).astype(np.int8)
