"""The source that is a folder of images: nested folders, files of many kinds, read through the image cache."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import (
    ImageSet,
    ImageShape,
    Progress,
    Skipped,
    Suggestion,
    ignore_progress,
    printable,
    sources,
)
from vae_explorer.core.data.cache import read_cached
from vae_explorer.core.data.decode_image import reason_of
from vae_explorer.core.data.survey import propose_shape
from vae_explorer.core.data.walk import Listing, walk
from vae_explorer.core.errors import UserError

TOP_LEVEL = "(top level)"
"""The label of images beside labelled folders."""


@sources.register
class FolderSource:
    """A folder of images; the first level of subfolders gives the labels."""

    name: ClassVar[str] = "folder"
    title: ClassVar[str] = "Folder of images"
    fills_together: ClassVar[bool] = False
    summary: ClassVar[str] = (
        "PNG, JPEG, BMP, GIF, WebP and TIFF files, in subfolders too; first-level folders are labels."
    )

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` is a folder."""
        return _is_folder(Path(spec))

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose a shape from a few files. Raises UserError when there are no images."""
        root, listing = _list(spec, ignore_progress, threading.Event())
        return Suggestion(propose_shape(root, listing.files), len(listing.files))

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read all images, from the cache where they haven't changed. Raises UserError or Cancelled.

        What can't be read is among the set's skipped, with the reason; it doesn't stop the rest.
        """
        root, listing = _list(spec, on_progress, cancel)
        shape = shape or propose_shape(root, listing.files)
        cached = read_cached(root, shape, listing.files, on_progress, cancel)
        skipped = tuple(sorted((*listing.skipped, *cached.skipped), key=lambda one: one.path))
        if not cached.paths:
            raise _none_read(printable(spec), skipped)
        labels, label_names = labels_of(cached.paths)
        title = printable(root.name or str(root))
        return ImageSet(str(root), title, cached.images, cached.paths, labels, label_names, skipped, shape)


def labels_of(paths: Sequence[str]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Label images by the first folder of their paths: (N,) indices into the names; None where there are no folders."""
    names = sorted(set(map(_label_of, paths)), key=_natural_key)
    if names == [TOP_LEVEL]:
        return None, ()
    index = {name: number for number, name in enumerate(names)}
    return np.fromiter((index[_label_of(path)] for path in paths), np.int64, len(paths)), tuple(names)


def _label_of(path: str) -> str:
    folder, slash, _ = path.partition("/")
    return folder if slash else TOP_LEVEL


def _natural_key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Sort “10” after “9”. The name itself decides between “1” and “01”."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", name)
    return [(not digits, int(digits or 0), text.casefold()) for digits, text in parts], name


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _list(spec: str, on_progress: Callable[[Progress], None], cancel: threading.Event) -> tuple[Path, Listing]:
    """Return the folder's true path and what is in it. Raises UserError when it can't be read or holds no images."""
    shown = printable(spec)
    try:
        root = Path(spec).resolve()
        listing = walk(root, on_progress, cancel)
    except OSError as error:
        raise _cannot_open(shown, error) from error
    if not listing.files:
        raise _none_read(shown, listing.skipped) if listing.skipped else _no_images(shown, listing.others)
    return root, listing


def _cannot_open(shown: str, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        return UserError(f"There is no folder “{shown}”.")
    if isinstance(error, NotADirectoryError):
        return UserError(f"“{shown}” is a file, not a folder.")
    return UserError(f"The folder “{shown}” can't be opened: {reason_of(error)}.")


def _no_images(shown: str, others: int) -> UserError:
    holds = f"{others} other file{'s' if others > 1 else ''}" if others else "no files at all"
    return UserError(
        f"There are no images in “{shown}”: it holds {holds} (PNG, JPEG, BMP, GIF, WebP and TIFF are read)."
    )


def _none_read(shown: str, skipped: Sequence[Skipped]) -> UserError:
    first = skipped[0]
    return UserError(
        f"No image in “{shown}” could be read: {len(skipped)} skipped, the first of them “{printable(first.path)}” "
        f"({first.reason})."
    )
