"""The source that is a file of arrays: .npy, .npz, HDF5, or idx(.gz) as MNIST has it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np

from vae_explorer.core.data.array_files import is_array_name, open_arrays, refused, split_spec
from vae_explorer.core.data.base import (
    STREAM_PREFIX,
    ImageRows,
    ImageSet,
    ImageShape,
    Progress,
    Suggestion,
    printable,
    sources,
)
from vae_explorer.core.data.fitting import check_in
from vae_explorer.core.data.in_place import FileArray, FileImages
from vae_explorer.core.data.labelling import to_classes, to_factors
from vae_explorer.core.data.levels import to_bytes, white_of
from vae_explorer.core.data.pieces import Pieces
from vae_explorer.core.data.samples import numbered
from vae_explorer.core.data.stored import Array, Refused, Rows, StoredArrays
from vae_explorer.core.data.survey import propose_size

_CHANNELS = frozenset({1, 3, 4})
_PIECE_VALUES = 2**22
_NAMED_AT_MOST = 5

IN_MEMORY = 2**28
"""Images of no more bytes are read into memory, where nothing that happens to their file matters any more."""


@sources.register
class ArraySource:
    """Images in one array: (N, H, W), (N, H, W, C) or (N, C, H, W), of bytes, floats within 0 and 1, or 16 bits."""

    name: ClassVar[str] = "array"
    title: ClassVar[str] = "Image array"
    fills_together: ClassVar[bool] = False
    summary: ClassVar[str] = "An .npy, .npz, HDF5 or idx(.gz) file of many images of one size, such as MNIST's."

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` is named like an array file, and isn't a folder; “:name” may follow an HDF5 file or .npz."""
        try:
            if spec.startswith(STREAM_PREFIX) and not Path(spec).exists():
                return False
            path, _ = split_spec(spec)
            return is_array_name(path.name) and not path.is_dir()
        except OSError:
            return True  # it can't be looked at; reading says why

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose the images' own shape if it is small and square. Raises UserError."""
        with _opened(spec) as stored:
            count, height, width, channels = _channels_last_shape(stored.images.shape)
        return Suggestion(_own_shape(height, width, channels), count)

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read the images; many bytes of the right shape stay in an .npy. Raises UserError or Cancelled."""
        path, name = split_spec(spec)
        with _opened(spec) as stored:
            path = path.resolve()
            count, height, width, channels = _channels_last_shape(stored.images.shape)
            classes, label_names = to_classes(stored.labels, count)
            factors = to_factors(stored.factors, stored.factor_names, count)
            shape = shape or _own_shape(height, width, channels)
            images = _Reading(path, name, stored.images).run(shape, on_progress, cancel)
        source, title = (f"{path}:{name}", f"{path.name}:{name}") if name else (str(path), path.name)
        paths = numbered("image", count)
        return ImageSet(
            source, printable(title), images, paths, classes, label_names, shape=shape, factors=factors,
            note=_note(path.name, stored),
        )  # fmt: skip


def _note(file_name: str, stored: StoredArrays) -> str:
    """Say which of several arrays is read, and how another is named; nothing where there is one, or it was chosen."""
    if not stored.others:
        return ""
    listed = ", ".join(map(printable, stored.others[:_NAMED_AT_MOST]))
    more = ", …" if len(stored.others) > _NAMED_AT_MOST else ""
    shown = printable(file_name)
    return (
        f"“{shown}” holds more than the images “{printable(stored.taken)}”: {shown}:NAME reads others ({listed}{more})."
    )


@contextmanager
def _opened(spec: str) -> Iterator[StoredArrays]:
    """Open the arrays at `spec`. Raises UserError, also for what is found amiss while they are read."""
    path, name = split_spec(spec)
    try:
        with open_arrays(path, name) as stored:
            yield stored
    except (OSError, Refused) as why:
        raise refused(path, why) from why


class _Reading:
    """One reading of stored images."""

    def __init__(self, path: Path, name: str, stored: Rows) -> None:
        self._path = path
        self._name = name
        self._stored = stored
        self._count = stored.shape[0]
        self._at_once = max(1, _PIECE_VALUES // math.prod(stored.shape[1:]))

    def run(self, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event) -> ImageRows:
        """Bring the images to bytes of `shape`; many bytes of that shape stay where they are."""
        white = white_of(self._pieces(on_progress, cancel))
        wanted = (self._count, *shape.array_shape)
        stored = self._stored
        if isinstance(stored, FileArray) and white == 255 and math.prod(wanted) > IN_MEMORY and _are(stored, wanted):
            on_progress(Progress(self._count, self._count))
            return FileImages(stored, wanted)
        status = self._path.stat()
        source = f"{self._path}:{self._name}" if self._name else str(self._path)
        return Pieces(
            source,
            f"{status.st_size}-{status.st_mtime_ns}",
            self._count,
            lambda start, stop: to_bytes(_channels_last(self._stored[start:stop]), white),
            self._at_once,
        ).read(shape, on_progress, cancel)

    def _pieces(self, on_progress: Callable[[Progress], None], cancel: threading.Event) -> Iterator[Array]:
        for start in range(0, self._count, self._at_once):
            check_in(Progress(0, self._count), on_progress, cancel)
            yield self._stored[start : start + self._at_once]


def _channels_last_shape(shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return N, H, W, C of an array of (N, H, W), (N, H, W, C) or (N, C, H, W). Raises Refused where it is none."""
    if math.prod(shape) == 0:
        raise Refused("it holds no images")
    if len(shape) == 3:
        return (*shape, 1)
    if len(shape) == 4 and shape[3] in _CHANNELS:
        return shape
    if len(shape) == 4 and shape[1] in _CHANNELS:
        return shape[0], shape[2], shape[3], shape[1]
    words = "×".join(map(str, shape))
    raise Refused(f"its shape, {words}, is neither N×H×W nor N×H×W×C nor N×C×H×W with 1, 3 or 4 channels")


def _channels_last(array: Array) -> Array:
    """View an array that has one of these shapes as (N, H, W, C)."""
    if array.ndim == 3:
        return array[..., None]
    return array if array.shape[3] in _CHANNELS else array.transpose(0, 2, 3, 1)


def _are(stored: FileArray, wanted: tuple[int, int, int, int]) -> bool:
    """Whether a file holds just the bytes of images of a shape, (N, H, W, C)."""
    planar = len(stored.shape) == 4 and stored.shape[3] not in _CHANNELS
    right = _channels_last_shape(stored.shape) == wanted and stored.dtype == np.uint8
    return right and stored.is_c_contiguous and (wanted[3] == 1 or not planar)


def _own_shape(height: int, width: int, channels: int) -> ImageShape:
    return ImageShape(propose_size([(width, height)]), 1 if channels == 1 else 3)
