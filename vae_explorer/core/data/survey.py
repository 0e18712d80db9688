"""A quick look at a few of a folder's images, to propose a shape."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from vae_explorer.core.data.base import ImageShape
from vae_explorer.core.data.decode_image import Unreadable, decode_file, open_image, quiet_pillow
from vae_explorer.core.data.file_list import FileList

_MOST_FILES = 64
_LARGEST_KEPT = 128
"""Square images up to this size, all alike, are kept as they are."""

_USUAL_SIZE = 64
_SMALLEST_SIZE = 8
_GREY_MODES = frozenset({"1", "L", "LA", "I", "F"})
_CHEAP_PIXELS = 2**20
"""A colour image no larger than this is decoded to see whether it is grey all the same."""


@dataclass(frozen=True)
class Glimpse:
    """What a file's header says."""

    path: Path
    width: int
    height: int
    mode: str


def propose_shape(root: Path, files: FileList) -> ImageShape:
    """Propose a shape from a hundred files or fewer, spread through the folder."""
    step = max(1, len(files) // _MOST_FILES)
    with quiet_pillow():
        seen = [glimpse for file in files[::step] if (glimpse := _glimpse_at(root / file.path)) is not None]
        grey = bool(seen) and all(map(_is_grey, seen))
    return ImageShape(propose_size([(one.width, one.height) for one in seen]), 1 if grey else 3)


def _glimpse_at(path: Path) -> Glimpse | None:
    """Read an image's header; None where it isn't readable, of which reading the folder will tell."""
    try:
        with path.open("rb") as file, open_image(file) as image:
            return Glimpse(path, image.width, image.height, image.mode)
    except (Unreadable, OSError):
        return None


def propose_size(sizes: Collection[tuple[int, int]]) -> int:
    """Propose a size for images of these widths and heights: their own, if it is small, square and the only one."""
    if not sizes:
        return _USUAL_SIZE
    short_side = int(median(min(size) for size in sizes))
    if set(sizes) == {(short_side, short_side)} and short_side <= _LARGEST_KEPT:
        return max(_SMALLEST_SIZE, short_side)
    return max(_SMALLEST_SIZE, min(_USUAL_SIZE, short_side // 4 * 4))  # networks halve it at least twice


def _is_grey(one: Glimpse) -> bool:
    """Whether the image has no colours: by its mode, or because its three channels are equal."""
    if one.mode.split(";")[0] in _GREY_MODES:
        return True
    if one.width * one.height > _CHEAP_PIXELS:
        return False
    try:
        pixels = decode_file(one.path, ImageShape(16, 3))
    except Unreadable:
        return True  # a file that won't be read has no say
    return bool((pixels == pixels[:, :, :1]).all())
