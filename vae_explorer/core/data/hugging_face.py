"""The source `hf:NAME_OR_FOLDER[@SPLIT][#NODE/NODES]`: what the library `datasets` reads, into the image cache.

Folders of images, Parquet files and WebDataset tars; a name that is no file is looked for on the Hugging Face Hub.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import (
    Cancelled,
    Images,
    ImageSet,
    ImageShape,
    Progress,
    Skipped,
    Suggestion,
    printable,
    sources,
)
from vae_explorer.core.data.cache import cache_folder
from vae_explorer.core.data.cache_filling import no_room
from vae_explorer.core.data.decode_image import Unreadable, decode_image, open_image, quiet_pillow
from vae_explorer.core.data.fitting import check_in
from vae_explorer.core.data.hf_stream import PREFIX, Example, Stream, Wish
from vae_explorer.core.data.streamed_rows import Streamed, StreamedRows
from vae_explorer.core.data.survey import propose_size
from vae_explorer.core.errors import UserError

_THREADS = 4
_BATCH = 64
_NOTE_EVERY = 2048
"""Examples after which it is noted how far the stream was read."""

_LOOKED_AT = 32


@sources.register
class HuggingFaceSource:
    """Every `hf:…`."""

    name: ClassVar[str] = "hugging-face"
    title: ClassVar[str] = "Hugging Face dataset"
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

        What is interrupted goes on where it stood.
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
            streamed = rows.finished() or _fill(rows, stream, shape, on_progress, cancel)
        except OSError as error:
            raise no_room(folder, f"cannot be written ({error.strerror or error})") from error
        return _as_set(wish, streamed, shape)


def _fill(
    rows: StreamedRows,
    stream: Stream,
    shape: ImageShape,
    on_progress: Callable[[Progress], None],
    cancel: threading.Event,
) -> Streamed:
    """Read what is left of a stream."""
    with rows.claimed(cancel):
        there = rows.finished()  # another process may have read it meanwhile
        if there is None:
            with rows.filling(), quiet_pillow(), ThreadPoolExecutor(_THREADS, "decode") as pool:
                _read_rest(rows, stream, lambda one: _decoded(one[0], shape), pool, on_progress, cancel)
            rows.remove_others()
            there = rows.finished()
    if there is None:
        msg = f"What was read of “{stream.wish.title}” is gone again."
        raise UserError(msg)
    return there


def _read_rest(
    rows: StreamedRows,
    stream: Stream,
    decode: Callable[[Example], Images | str],
    pool: ThreadPoolExecutor,
    on_progress: Callable[[Progress], None],
    cancel: threading.Event,
) -> None:
    progress, total = rows.progress, stream.count()
    progress.class_names = list(stream.class_names)
    examples = stream.examples(progress.state)
    while True:
        try:
            check_in(Progress(progress.seen, max(total, progress.seen), len(progress.skipped)), on_progress, cancel)
        except Cancelled:
            rows.note(stream.state())
            raise
        with stream.explained():
            batch = list(islice(examples, _BATCH))
        if not batch:
            break
        _take(rows, batch, pool.map(decode, batch))
        before, progress.seen = progress.seen, progress.seen + len(batch)
        if before // _NOTE_EVERY != progress.seen // _NOTE_EVERY:
            rows.note(stream.state())
    if not progress.rows:
        raise _none_read(stream.wish.title, progress.skipped)
    rows.note(None, complete=True)


def _none_read(title: str, skipped: list[list[str]]) -> UserError:
    if not skipped:
        return UserError(f"“{title}” holds no images at all.")
    name, reason = printable(skipped[0][0]), skipped[0][1]
    return UserError(
        f"No image in “{title}” could be read: {len(skipped)} skipped, the first of them “{name}” ({reason})."
    )


def _take(rows: StreamedRows, batch: list[Example], images: Iterable[Images | str]) -> None:
    for (_, name, label), pixels in zip(batch, images, strict=True):
        if isinstance(pixels, str):
            rows.progress.skipped.append([name, pixels])
        else:
            rows.add(pixels, name, -1 if label is None or label == -1 else rows.number_of(label))


def _decoded(content: bytes | str | None, shape: ImageShape) -> Images | str:
    """Decode an image; where that can't be, say why."""
    try:
        return decode_image(_opened(content), shape)
    except Unreadable as why:
        return why.reason
    except Exception as error:  # noqa: BLE001  # file systems of many kinds raise many kinds
        return f"it could not be read ({error})"


def _opened(content: bytes | str | None) -> io.BytesIO:
    if content is None:
        raise Unreadable("there is none")
    if isinstance(content, bytes):
        return io.BytesIO(content)
    import fsspec

    with fsspec.open(content, "rb") as file:
        return io.BytesIO(file.read())


def _glimpse(content: bytes | str | None) -> tuple[tuple[int, int], bool] | None:
    """Return an image's size, and whether it is grey; None where it can't be read."""
    with suppress(Exception):  # reading it will tell
        file = _opened(content)
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
