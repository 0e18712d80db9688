"""The source `hf:NAME_OR_FOLDER[@SPLIT][#NODE/NODES]`: what the library `datasets` reads, into the image cache.

Folders of images, Parquet files and WebDataset tars; a name that is no file is looked for on the Hugging Face Hub.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
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
    sources,
)
from vae_explorer.core.data.cache import cache_folder
from vae_explorer.core.data.cache_filling import no_room
from vae_explorer.core.data.decode_image import decode_image, open_image, quiet_pillow
from vae_explorer.core.data.hf_filling import fill, opened
from vae_explorer.core.data.hf_stream import PREFIX, Stream, Wish
from vae_explorer.core.data.streamed_rows import Streamed, StreamedRows
from vae_explorer.core.data.survey import propose_size
from vae_explorer.core.errors import UserError

_LOOKED_AT = 32


@sources.register
class HuggingFaceSource:
    """Every `hf:…`."""

    name: ClassVar[str] = "hugging-face"
    title: ClassVar[str] = "Hugging Face dataset"
    fills_together: ClassVar[bool] = sys.platform != "win32"
    summary: ClassVar[str] = (
        "hf:FOLDER or hf:NAME: image folders, Parquet and WebDataset tars, by the library datasets."
    )

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` begins with `hf:`."""
        return spec.startswith(PREFIX)

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose a shape from the first images. Raises UserError."""
        stream = Stream(Wish.of(spec))
        with stream.explained(), quiet_pillow():
            glimpses = [_glimpse(content) for content, _, _ in islice(stream.examples(), _LOOKED_AT)]
        seen = [glimpse for glimpse in glimpses if glimpse is not None]
        grey = bool(seen) and all(is_grey for _, is_grey in seen)
        shape = ImageShape(propose_size([size for size, _ in seen]), 1 if grey else 3)
        return Suggestion(shape, stream.count() or len(glimpses))

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read all images, from the cache where they haven't changed. Raises UserError or Cancelled.

        What is interrupted goes on where it stood; the ranks of one machine have the files among them.
        """
        shape = shape or cls.suggest(spec).shape
        wish = Wish.of(spec)
        folder = cache_folder(Path(wish.source), shape)
        try:
            try:
                stream = Stream(wish)
            except UserError:
                left = None if wish.is_local else StreamedRows.left(folder, shape)
                if left is None:
                    raise
                return _as_set(wish, left, shape)  # the hub can't be reached, and needn't be
            rows = StreamedRows(folder, stream.version(), shape)
            streamed = rows.finished() or fill(rows, stream, shape, on_progress, cancel)
        except OSError as error:
            raise no_room(folder, f"cannot be written ({error.strerror or error})") from error
        return _as_set(wish, streamed, shape)


def _glimpse(content: bytes | str | None) -> tuple[tuple[int, int], bool] | None:
    """Return an image's size, and whether it is grey; None where it can't be read."""
    with suppress(Exception):  # reading it will tell
        file = opened(content)
        with open_image(file) as image:
            size, mode = (image.width, image.height), image.mode
        file.seek(0)
        pixels = decode_image(file, ImageShape(16, 3))
        return size, mode in {"1", "L", "LA"} or bool((pixels == pixels[:, :, :1]).all())
    return None


def _as_set(wish: Wish, streamed: Streamed, shape: ImageShape) -> ImageSet:
    labels, names = _labels(streamed, streamed.progress.class_names)
    skipped = tuple(Skipped(name, reason) for name, reason in streamed.progress.skipped)
    return ImageSet(wish.source, wish.title, streamed.images, streamed.names, labels, names, skipped, shape)


def _labels(streamed: Streamed, class_names: Sequence[str]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Number the labels as their names are sorted: a ClassLabel's own order, else that of the values."""
    values = streamed.progress.values
    if not values or (streamed.labels < 0).any():
        return None, ()  # a label for some alone is none
    if class_names and all(isinstance(value, int) and value < len(class_names) for value in values):
        return np.array(values, np.int64)[streamed.labels], tuple(class_names)
    order = sorted(range(len(values)), key=lambda place: (isinstance(values[place], str), values[place]))
    return np.argsort(order).astype(np.int64)[streamed.labels], tuple(str(values[place]) for place in order)
