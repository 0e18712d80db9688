"""Arrays that stay in a person's own file, read by position.

Such a file isn't memory-mapped: whoever cuts it short meanwhile would end the program by a signal that nothing catches.
A read that comes back short, or from a file that is another by now, can be told in a sentence.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vae_explorer.core.data.base import Images, printable
from vae_explorer.core.errors import ChangedError

Indices = NDArray[np.integer[Any]]


class OpenFile:
    """A file that is read from any thread, and must stay as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises OSError."""
        self._path = path
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self._stamp = self._look()
        weakref.finalize(self, self._file.close)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._stamp[0]

    def read_into(self, pieces: list[tuple[int, memoryview]]) -> None:
        """Fill buffers with the bytes from their places on. Raises ChangedError."""
        name = printable(self._path.name)
        try:
            is_whole = all(self._fill(place, buffer) for place, buffer in pieces)
            is_same = is_whole and self._look() == self._stamp  # afterwards: what came before a change is as it was
        except OSError as why:  # its disk, or its mount, has gone
            msg = f"“{name}” can't be read any more ({why.strerror or why}): open it again once it is back."
            raise ChangedError(msg) from why
        if not is_same:
            msg = f"“{name}” has changed while it was open: open it again."
            raise ChangedError(msg)

    def _fill(self, place: int, buffer: memoryview) -> bool:
        size, filled = len(buffer), 0
        while filled < size and (count := self._read(place + filled, buffer[filled:] if filled else buffer)):
            filled += count
        return filled == size

    if hasattr(os, "preadv"):

        def _read(self, place: int, buffer: memoryview) -> int:
            return os.preadv(self._file.fileno(), [buffer], place)

    else:

        def _read(self, place: int, buffer: memoryview) -> int:
            with self._lock:
                self._file.seek(place)
                return self._file.readinto(buffer) or 0

    def _look(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns


class FileArray:
    """An array of which slices are read from an open file."""

    def __init__(self, file: OpenFile, shape: tuple[int, ...], dtype: DTypeLike, offset: int, order: str = "C") -> None:
        self.file = file
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.offset = offset
        """Bytes before its first number."""
        self.is_c_contiguous = order == "C"
        self._values = math.prod(shape[1:])
        """In each row."""

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        """Read rows that follow each other. Raises ChangedError."""
        if not self.shape:
            return self._read_columns(0, 1).reshape(())
        start, stop, _ = rows.indices(self.shape[0])
        count = max(0, stop - start)
        return (self._read_rows if self.is_c_contiguous else self._read_columns)(start, count)

    def _read_rows(self, start: int, count: int) -> NDArray[Any]:
        found = np.empty((count, *self.shape[1:]), self.dtype)
        self.file.read_into([(self.offset + start * self._values * self.dtype.itemsize, _bytes_of(found))])
        return found

    def _read_columns(self, start: int, count: int) -> NDArray[Any]:
        """Read rows of an array in Fortran's order, where a row's numbers lie far apart."""
        columns = np.empty((self._values, count), self.dtype)
        apart = math.prod(self.shape[:1])
        places = (self.offset + (column * apart + start) * self.dtype.itemsize for column in range(self._values))
        self.file.read_into([(place, _bytes_of(column)) for place, column in zip(places, columns, strict=True)])
        return columns.T.reshape((count, *self.shape[1:]), order="F")


class FileImages:
    """Images (N, H, W, C) of bytes that stay in their file; of a numpy array it has what readers of images use."""

    dtype = np.dtype(np.uint8)

    def __init__(self, array: FileArray, shape: tuple[int, int, int, int]) -> None:
        """View an array of bytes, contiguous in C's order, as one of `shape`."""
        self._file = array.file
        self._offset = array.offset
        self.shape = shape
        self.nbytes = math.prod(shape)
        self._image_bytes = math.prod(shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Images]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, rows: int | slice | Indices, /) -> Images:
        """Read one image (H, W, C), or those of a slice or of indices (n, H, W, C). Raises ChangedError."""
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            return self._read_run(start, stop) if step == 1 else self._read(range(start, stop, step))
        if isinstance(rows, np.ndarray):
            return self._read(rows.tolist())
        row = range(len(self))[rows]
        image: Images = self._read_run(row, row + 1)[0]
        return image

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Read all of them, for numpy."""
        return self[:].astype(dtype or np.uint8, copy=False)

    def _read_run(self, start: int, stop: int) -> Images:
        found = np.empty((max(0, stop - start), *self.shape[1:]), np.uint8)
        self._file.read_into([(self._offset + start * self._image_bytes, _bytes_of(found))])
        return found

    def _read(self, rows: range | list[int]) -> Images:
        found = np.empty((len(rows), *self.shape[1:]), np.uint8)
        buffer, size, numbers = _bytes_of(found), self._image_bytes, range(len(self))
        self._file.read_into([
            (self._offset + numbers[row] * size, buffer[place * size : (place + 1) * size])
            for place, row in enumerate(rows)
        ])  # fmt: skip
        return found


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
