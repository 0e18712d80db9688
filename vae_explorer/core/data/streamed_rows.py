"""Images that come in a stream: into growing files of the image cache, from which an interrupted reading goes on."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Cancelled, Images, ImageShape
from vae_explorer.core.data.image_rows import open_rows
from vae_explorer.core.data.names import StoredNames

FORMAT = 1

UNNUMBERED = "\0"
"""Stands in a part before the number that an example without a name has there."""

_WAIT_S = 0.2

_COPIED_AT_ONCE = 2**22

_HEADER = 128
"""Bytes before the rows of the image file: numpy's header of any number of rows."""


@dataclass
class Progress:
    """What the files hold so far. Written as JSON, whole or not at all."""

    format: int = FORMAT
    seen: int = 0
    """Examples, those that were skipped included."""
    rows: int = 0
    names_bytes: int = 0
    skipped: list[list[str]] = field(default_factory=list)
    """Name and reason of each."""
    values: list[Any] = field(default_factory=list)
    """What the labels' numbers stand for, in the order in which they were met."""
    class_names: list[str] = field(default_factory=list)
    """Of a column of classes: then `values` are numbers into these."""
    state: dict[str, Any] | None = None
    """Where the stream stands."""
    parts: int = 0
    """How many of its parts were put together here, of a stream that was read in parts."""
    complete: bool = False


@dataclass(frozen=True, eq=False)
class Streamed:
    """What was read of a stream, in its files."""

    images: Images
    names: StoredNames
    labels: NDArray[np.int64]
    """(N,) into `values`; −1 where an image has none."""
    progress: Progress


class StreamedRows:
    """The files of one stream at one shape, or of a part of it. Every method may raise OSError: a full disk, say."""

    def __init__(self, folder: Path, version: str, shape: ImageShape, part: str = "") -> None:
        self._folder = folder
        self._version = version
        self._stem = f"part-{version}-{part}" if part else f"stream-{version}"
        self._shape = shape
        self._open: list[IO[bytes]] = []
        self._numbers: dict[Any, int] = {}
        self.progress = self._load()

    @classmethod
    def left(cls, folder: Path, shape: ImageShape) -> Streamed | None:
        """Map what was read last, of whatever version; None where nothing was read to its end."""
        notes = sorted(folder.glob("stream-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        versions = (path.name.removeprefix("stream-").removesuffix(".json") for path in notes)
        found = (cls(folder, version, shape).finished() for version in versions)
        return next((streamed for streamed in found if streamed is not None), None)

    def part(self, number: int, count: int) -> StreamedRows:
        """Return the files of one of `count` parts of the stream."""
        return StreamedRows(self._folder, self._version, self._shape, f"{number:03}of{count:03}")

    def finished(self) -> Streamed | None:
        """Map what was read to its end; None where it wasn't, or the files are damaged."""
        if not self.progress.complete:
            return None
        count = self.progress.rows
        try:
            images = open_rows(self._path("images.npy"), (count, *self._shape.array_shape))
            labels, ends = (np.memmap(self._path(name), np.int64, "r", shape=(count,)) for name in ("labels", "ends"))
            text = np.memmap(self._path("names"), np.uint8, "r")
        except (OSError, EOFError, ValueError):
            self.progress = Progress()
            return None
        return Streamed(images, StoredNames(text, ends.view(np.ndarray)), labels.view(np.ndarray), self.progress)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Open the files to go on where their progress was noted last; what came after it is cut off."""
        rows = self.progress.rows
        self._numbers = {value: number for number, value in enumerate(self.progress.values)}
        sizes = {
            "images.npy": _HEADER + rows * int(np.prod(self._shape.array_shape)),
            "labels": 8 * rows,
            "ends": 8 * rows,
            "names": self.progress.names_bytes,
        }
        try:
            for name, size in sizes.items():
                self._path(name).touch()
                self._open.append(self._path(name).open("r+b"))
                self._open[-1].truncate(size)
                self._open[-1].seek(size)
            yield
        finally:
            for file in self._open:
                with suppress(OSError):  # fails again where its last bytes find no room
                    file.close()
            self._open = []

    @contextmanager
    def claimed(self, cancel: threading.Event) -> Iterator[None]:
        """Wait until no other process reads the same stream, and see what it has left. Raises Cancelled."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path("lock").open("a") as file:
            while not _locked(file):
                if cancel.wait(_WAIT_S):
                    raise Cancelled
            self.look_again()
            yield

    @contextmanager
    def claimed_at_once(self) -> Iterator[bool]:
        """Claim it as `claimed` does, unless another process has it: tell whether that is so."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path("lock").open("a") as file:
            is_mine = _locked(file)
            self.look_again()
            yield is_mine

    def look_again(self) -> None:
        """See what whoever reads it has noted."""
        self.progress = self._load()

    def number_of(self, value: Any) -> int:
        """Number a label's value by the order in which values are met."""
        if value not in self._numbers:
            self._numbers[value] = len(self._numbers)
            self.progress.values.append(value)
        return self._numbers[value]

    def add(self, pixels: Images, name: str, label: int) -> None:
        """Take (size, size, channels) uint8 as the next image."""
        images, labels, ends, names = self._open
        encoded = os.fsencode(name)
        self.progress.names_bytes += len(encoded)
        self.progress.rows += 1
        images.write(np.ascontiguousarray(pixels).data)
        labels.write(label.to_bytes(8, "little", signed=True))
        ends.write(self.progress.names_bytes.to_bytes(8, "little"))
        names.write(encoded)

    def append(self, part: StreamedRows) -> None:
        """Take all that a part holds, which follows what is here, and note it."""
        images, labels, ends, names = self._open
        before, read = self.progress, part.progress
        with part._path("images.npy").open("rb") as file:
            file.seek(_HEADER)
            shutil.copyfileobj(file, images, _COPIED_AT_ONCE)
        numbers = np.array([*map(self.number_of, read.values), -1], np.int64)  # −1, the last, is nobody's label
        labels.write(numbers[np.fromfile(part._path("labels"), np.int64)].tobytes())
        text, lengths = part._names(before.seen)
        names.write(text)
        ends.write((before.names_bytes + np.cumsum(lengths, dtype=np.int64)).tobytes())
        before.skipped += [[_numbered(name, before.seen), reason] for name, reason in read.skipped]
        before.seen, before.rows = before.seen + read.seen, before.rows + read.rows
        before.names_bytes, before.parts = before.names_bytes + len(text), before.parts + 1
        self.note(None)

    def note(self, state: dict[str, Any] | None, *, complete: bool = False) -> None:
        """Note that all so far is on the disk, and where the stream stands."""
        images = self._open[0]
        end = images.tell()
        images.seek(0)
        shape = (self.progress.rows, *self._shape.array_shape)
        np.lib.format.write_array_header_1_0(images, {"descr": "|u1", "fortran_order": False, "shape": shape})
        images.seek(end)
        for file in self._open:
            file.flush()
            os.fsync(file.fileno())
        self.progress.state, self.progress.complete = state, complete
        path = self._path("json")
        part = path.with_suffix(".part")
        part.write_text(json.dumps(self.progress.__dict__), encoding="ascii")
        part.replace(path)

    def remove(self) -> None:
        """Remove the files. Where one is in use (on Windows) it stays."""
        for path in self._folder.glob(f"{self._stem}.*"):
            with suppress(OSError):
                path.unlink()

    def remove_others(self) -> None:
        """Remove what other versions, and parts, have left. A file in use (on Windows) stays, for the next time."""
        for other in (*self._folder.glob("stream-*"), *self._folder.glob("part-*")):
            if not other.name.startswith(f"stream-{self._version}."):
                with suppress(OSError):
                    other.unlink()

    def _path(self, what: str) -> Path:
        return self._folder / f"{self._stem}.{what}"

    def _names(self, first: int) -> tuple[bytes, NDArray[np.int64]]:
        """Return all names in a row, and their lengths (n,); those that are only numbered as of the `first` and on."""
        text = self._path("names").read_bytes()
        ends = np.fromfile(self._path("ends"), np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        if UNNUMBERED.encode() not in text:
            return text, ends - starts
        pieces = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        named = [os.fsencode(_numbered(os.fsdecode(piece), first)) for piece in pieces]
        return b"".join(named), np.array([len(name) for name in named], np.int64)

    def _load(self) -> Progress:
        try:
            progress = Progress(**json.loads(self._path("json").read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return Progress()
        return progress if progress.format == FORMAT else Progress()


def _numbered(name: str, first: int) -> str:
    return f"image {first + int(name[1:])}" if name.startswith(UNNUMBERED) else name


def _locked(file: IO[str]) -> bool:
    """Lock an open file until it is closed; False where another process has it. Windows goes without."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
