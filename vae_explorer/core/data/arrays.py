"""The source that is a file of arrays: .npy, .npz, or idx(.gz) as MNIST has it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.array_files import Array, Refused, StoredArrays, is_array_name, load_arrays, refused
from vae_explorer.core.data.base import Images, ImageSet, ImageShape, Progress, Suggestion, printable, sources
from vae_explorer.core.data.fitting import check_in, empty_array, fit_array
from vae_explorer.core.data.survey import propose_size

_CHANNELS = frozenset({1, 3, 4})
_CHUNK_VALUES = 2**22


@sources.register
class ArraySource:
    """Images in one array: (N, H, W), (N, H, W, C) or (N, C, H, W), of bytes, or of floats within 0 and 1."""

    name: ClassVar[str] = "array"
    title: ClassVar[str] = "Image array"
    summary: ClassVar[str] = "An .npy, .npz or idx(.gz) file of many images of one size, such as MNIST's."

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` is named like an array file, and isn't a folder."""
        try:
            return is_array_name(Path(spec).name) and not Path(spec).is_dir()
        except OSError:
            return True  # it can't be looked at; reading says why

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose the images' own shape if it is small and square. Raises UserError."""
        images, _ = _load(Path(spec))
        return Suggestion(_own_shape(images), len(images))

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read the images; bytes that have the right shape stay in an .npy. Raises UserError or Cancelled."""
        stored, labels = _load(Path(spec))
        path = Path(spec).resolve()
        shape = shape or _own_shape(stored)
        try:
            array = _to_bytes(stored, on_progress, cancel)
            classes, label_names = _to_classes(labels, len(stored))
        except Refused as why:
            raise refused(path, why) from why
        images = np.ascontiguousarray(fit_array(array, shape, on_progress, cancel))
        images.flags.writeable = False
        on_progress(Progress(len(images), len(images)))
        digits = len(str(len(images) - 1))
        paths = tuple(f"image {index:0{digits}}" for index in range(len(images)))
        return ImageSet(str(path), printable(path.name), images, paths, classes, label_names, shape=shape)


def _load(path: Path) -> tuple[Array, Array | None]:
    """Return images as (N, H, W, C) of any type, and their labels. Raises UserError."""
    try:
        stored: StoredArrays = load_arrays(path)
        return _channels_last(stored.images), stored.labels
    except (OSError, Refused) as why:
        raise refused(path, why) from why


def _channels_last(array: Array) -> Array:
    """View (N, H, W), (N, H, W, C) or (N, C, H, W) as (N, H, W, C). Raises Refused where it is none of them."""
    if array.size == 0:
        raise Refused("it holds no images")
    if array.ndim == 3:
        return array[..., None]
    if array.ndim == 4 and array.shape[3] in _CHANNELS:
        return array
    if array.ndim == 4 and array.shape[1] in _CHANNELS:
        return array.transpose(0, 2, 3, 1)
    shape = "×".join(map(str, array.shape))
    raise Refused(f"its shape, {shape}, is neither N×H×W nor N×H×W×C nor N×C×H×W with 1, 3 or 4 channels")


def _own_shape(images: Array) -> ImageShape:
    _, height, width, channels = images.shape
    return ImageShape(propose_size([(width, height)]), 1 if channels == 1 else 3)


def _to_bytes(array: Array, on_progress: Callable[[Progress], None], cancel: threading.Event) -> Images:
    """Bring values to 0…255, uint8. Raises Refused where their range isn't known, and Cancelled."""
    if array.dtype == np.uint8:
        return array
    if array.dtype != np.bool_ and array.dtype.kind != "f":
        raise Refused(f"it holds {array.dtype} numbers; images are bytes (uint8) or floats within 0 and 1")
    as_bytes = empty_array(array.shape)
    step = max(1, _CHUNK_VALUES // math.prod(array.shape[1:]))
    for start in range(0, len(array), step):
        check_in(Progress(start, len(array)), on_progress, cancel)
        chunk = array[start : start + step]
        if not (chunk.min() >= 0 and chunk.max() <= 1):  # put so that it fails for NaN too
            raise Refused("its floats are not all within 0 and 1; where they are 0 to 255, divide them by 255")
        as_bytes[start : start + step] = np.rint(chunk * 255) if array.dtype.kind == "f" else chunk * np.uint8(255)
    return as_bytes


def _to_classes(labels: Array | None, count: int) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Number the labels, (N,) or (N, 1) of whole numbers or words. Raises Refused where they are none of these."""
    if labels is None:
        return None, ()
    if labels.shape not in {(count,), (count, 1)}:
        shape = "×".join(map(str, labels.shape))
        raise Refused(f"its labels have the shape {shape}, which is not one for each of {count} images")
    labels = labels.reshape(count)
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels)):
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "biuU":
        raise Refused("its labels are neither whole numbers nor words")
    names, classes = np.unique(labels, return_inverse=True)
    return classes.astype(np.int64), tuple(map(str, names))
