"""Reading a stream into the image cache: by one process, or by the ranks of a machine, each some parts of it.

A part has files of its own until all have been read; then they are put together in the order of the stream, so that the
images are the same, and in the same order, however many have read them. Parts belong to nobody: whoever is free claims
the next, and goes on with what another has left.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from vae_explorer.core.data.base import Cancelled, Images, ImageShape, Progress, printable
from vae_explorer.core.data.decode_image import Unreadable, decode_image, quiet_pillow
from vae_explorer.core.data.fitting import check_in
from vae_explorer.core.data.hf_stream import Example, Stream
from vae_explorer.core.data.streamed_rows import Streamed, StreamedRows
from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import launched

_THREADS = 4
_BATCH = 64
_NOTE_EVERY = 2048
"""Examples after which it is noted how far the stream was read."""

_WAIT_S = 0.2
_COUNT_EVERY_S = 1.0


@dataclass(frozen=True)
class _Asked:
    """What all reading needs."""

    shape: ImageShape
    on_progress: Callable[[Progress], None]
    cancel: threading.Event
    pool: ThreadPoolExecutor


def fill(
    rows: StreamedRows,
    stream: Stream,
    shape: ImageShape,
    on_progress: Callable[[Progress], None],
    cancel: threading.Event,
) -> Streamed:
    """Read what is left of a stream. Raises UserError, Cancelled or OSError."""
    with quiet_pillow(), ThreadPoolExecutor(_THREADS, "decode") as pool:
        asked = _Asked(shape, on_progress, cancel, pool)
        parts = _parts(rows, stream)
        if parts:
            _Parts(rows, stream, parts, asked).read()
        with rows.claimed(cancel):
            there = rows.finished()  # another process may have read it meanwhile
            if there is None:
                with rows.filling():
                    _complete(rows, stream, parts, asked)
                rows.remove_others()
                there = rows.finished()
    if there is None:
        msg = f"What was read of “{stream.wish.title}” is gone again."
        raise UserError(msg)
    return there


def _parts(rows: StreamedRows, stream: Stream) -> list[StreamedRows]:
    """Return the files of the parts; none where one process reads all, or has begun to."""
    if stream.part_count == 1 or _is_begun_as_one(rows):
        return []
    parts = [rows.part(number, stream.part_count) for number in range(stream.part_count)]
    here = launched()
    several = here is not None and here.local_size > 1
    return parts if several or rows.progress.parts or any(part.progress.seen for part in parts) else []


def _is_begun_as_one(rows: StreamedRows) -> bool:
    """Whether a process has begun to read the stream as a whole."""
    return rows.progress.seen > 0 and not rows.progress.parts


def _complete(rows: StreamedRows, stream: Stream, parts: list[StreamedRows], asked: _Asked) -> None:
    """Put together what was read in parts, or read all that is left."""
    rows.progress.class_names = list(stream.class_names)
    if parts and not _is_begun_as_one(rows):
        for part in parts[rows.progress.parts :]:
            part.look_again()
            rows.append(part)
            part.remove()
    else:
        total = stream.count()
        _read_rest(rows, stream, asked, lambda: _told(total, [rows]))
    if not rows.progress.rows:
        raise _none_read(stream.wish.title, rows.progress.skipped)
    rows.note(None, complete=True)


class _Parts:
    """The parts of a stream as one of several processes reads them."""

    def __init__(self, rows: StreamedRows, stream: Stream, parts: list[StreamedRows], asked: _Asked) -> None:
        self._rows = rows
        self._stream = stream
        self._parts = parts
        self._asked = asked
        self._total = stream.count()
        self._counted_at = time.monotonic()

    def read(self) -> None:
        """Read parts until none is left, and wait for those that others are reading. Raises Cancelled."""
        here = launched()
        first = 0 if here is None else len(self._parts) * here.local_rank // here.local_size
        numbers = [*range(first, len(self._parts)), *range(first)]  # each begins elsewhere, and few claim the same
        while numbers := [number for number in numbers if not self._is_read(number)]:
            check_in(self._progress(None), self._asked.on_progress, self._asked.cancel)
            self._asked.cancel.wait(_WAIT_S)

    def _is_read(self, number: int) -> bool:
        """Read a part unless it is read, or another process does it: whether all of it is there by now."""
        part = self._parts[number]
        if part.progress.complete:
            return True
        with part.claimed_at_once() as is_mine:
            if is_mine and not part.progress.complete and not self._is_put_together(number):
                stream = self._stream.part(number)
                with part.filling():
                    _read_rest(part, stream, self._asked, lambda: self._progress(part))
                    part.note(None, complete=True)
        if self._is_put_together(number):
            part.remove()  # its files are gone but for the lock, which to claim it has made anew
            return True
        return part.progress.complete

    def _is_put_together(self, number: int) -> bool:
        """Whether another process has it in the whole already, and has removed its files."""
        self._rows.look_again()
        return self._rows.progress.complete or self._rows.progress.parts > number

    def _progress(self, mine: StreamedRows | None) -> Progress:
        """Tell what all have read, as far as the others have noted it."""
        if time.monotonic() - self._counted_at > _COUNT_EVERY_S:
            self._counted_at = time.monotonic()
            for part in self._parts:
                if part is not mine and not part.progress.complete:
                    part.look_again()
        return _told(self._total, [self._rows, *self._parts[self._rows.progress.parts :]])


def _told(total: int, all_rows: Iterable[StreamedRows]) -> Progress:
    noted = [rows.progress for rows in all_rows]
    seen, skipped = sum(one.seen for one in noted), sum(len(one.skipped) for one in noted)
    return Progress(seen, max(total, seen), skipped)


def _read_rest(rows: StreamedRows, stream: Stream, asked: _Asked, told: Callable[[], Progress]) -> None:
    """Read a stream, or a part, to its end."""
    progress = rows.progress
    examples = stream.examples(progress.state, progress.seen)
    while True:
        try:
            check_in(told(), asked.on_progress, asked.cancel)
        except Cancelled:
            rows.note(stream.state())
            raise
        with stream.explained():
            batch = list(islice(examples, _BATCH))
        if not batch:
            return
        _take(rows, batch, asked.pool.map(lambda one: _decoded(one[0], asked.shape), batch))
        before, progress.seen = progress.seen, progress.seen + len(batch)
        if before // _NOTE_EVERY != progress.seen // _NOTE_EVERY:
            rows.note(stream.state())


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
        return decode_image(opened(content), shape)
    except Unreadable as why:
        return why.reason
    except Exception as error:  # noqa: BLE001  # file systems of many kinds raise many kinds
        return f"it could not be read ({error})"


def opened(content: bytes | str | None) -> io.BytesIO:
    """Open an encoded image, or the file where it lies. Raises Unreadable, and whatever a file system raises."""
    if content is None:
        raise Unreadable("there is none")
    if isinstance(content, bytes):
        return io.BytesIO(content)
    import fsspec

    with fsspec.open(content, "rb") as file:
        return io.BytesIO(file.read())
