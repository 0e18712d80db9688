"""Where images go as they are read: one after another into a file that is then memory-mapped, or into memory."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from vae_explorer.core.data.base import Images
from vae_explorer.core.data.fitting import empty_array

_BUFFER_BYTES = 2**20
"""To write is to wait for the threads that decode, and not only for the disk: so many images are written at once."""


class Rows(Protocol):
    """Takes images in their final order."""

    def keep(self, row: int) -> None:
        """Take the next image from row `row` of the old images."""
        ...

    def add(self, pixels: Images) -> None:
        """Take (size, size, channels) uint8 as the next image."""
        ...

    def finish(self) -> tuple[Images, str]:
        """Return all rows, read-only, and the name of the file that they are in; an empty one where there is none."""
        ...

    def discard(self) -> None:
        """Leave nothing of what was not finished."""
        ...


class FileRows:
    """Rows in a new file of `folder`; never touches a file that someone may have mapped.

    As long as the rows are the old ones in their order there is no new file, and if it stays so the old one serves on.
    Every method but `discard` may raise OSError: a full disk, say.
    """

    def __init__(self, folder: Path, old: Images, old_name: str) -> None:
        self._folder = folder
        self._old = old
        self._old_name = old_name
        self._name = f"images-{secrets.token_hex(8)}.npy"
        self._file: IO[bytes] | None = None
        self._count = 0
        self._run = (0, 0)
        """Old rows taken but not yet copied: from, to."""

    def keep(self, row: int) -> None:
        """Take the next image from row `row` of the old images; whole runs are copied at once."""
        start, stop = self._run
        if row != stop:
            self._copy_run()
            start = row
        self._run = (start, row + 1)

    def add(self, pixels: Images) -> None:
        """Take (size, size, channels) uint8 as the next image."""
        self._copy_run()
        self._write(pixels)
        self._count += 1

    def finish(self) -> tuple[Images, str]:
        """Return all rows, read-only and memory-mapped, and the name of the file that they are in."""
        if self._file is None and self._run == (0, len(self._old)):
            return self._old, self._old_name
        self._copy_run()
        if self._count == 0:
            return self._old[:0], ""
        with self._open() as file:
            file.seek(0)
            self._write_header(file)
            file.flush()
            os.fsync(file.fileno())
        return open_rows(self._folder / self._name, self._shape), self._name

    def discard(self) -> None:
        """Remove the new file, if there is one."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()  # fails again where its last bytes find no room
            with suppress(OSError):
                (self._folder / self._name).unlink()

    @property
    def _shape(self) -> tuple[int, ...]:
        return self._count, *self._old.shape[1:]

    def _copy_run(self) -> None:
        start, stop = self._run
        if stop > start:
            self._write(self._old[start:stop])
            self._count += stop - start
        self._run = (stop, stop)

    def _write(self, pixels: Images) -> None:
        self._open().write(np.ascontiguousarray(pixels).data)

    def _open(self) -> IO[bytes]:
        if self._file is None:
            self._file = (self._folder / self._name).open("xb", _BUFFER_BYTES)
            self._write_header(self._file)
        return self._file

    def _write_header(self, file: IO[bytes]) -> None:
        """Write a header that is equally long for any number of rows: numpy leaves room for them to grow."""
        header = {"descr": "|u1", "fortran_order": False, "shape": self._shape}
        np.lib.format.write_array_header_1_0(file, header)


class MemoryRows:
    """Rows in memory, for where nothing can be stored."""

    def __init__(self, old: Images, count: int) -> None:
        self._old = old
        self._rows = empty_array((count, *old.shape[1:]))
        self._count = 0

    def keep(self, row: int) -> None:
        """Take the next image from row `row` of the old images."""
        self.add(self._old[row])

    def add(self, pixels: Images) -> None:
        """Take (size, size, channels) uint8 as the next image."""
        self._rows[self._count] = pixels
        self._count += 1

    def finish(self) -> tuple[Images, str]:
        """Return all rows, read-only, and no name."""
        images = self._rows[: self._count]
        images.flags.writeable = False
        return images, ""

    def discard(self) -> None:
        """Leave nothing: memory goes with its last user."""


def open_rows(path: Path, shape: tuple[int, ...]) -> Images:
    """Map rows of `shape`, read-only. Raises OSError, EOFError or ValueError where the file isn't exactly that."""
    # A plain view of the mapping: numpy's memmap class itself makes every small slice slow.
    images: Images = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    if images.dtype != np.uint8 or images.shape != shape:
        msg = f"{path} does not hold rows of shape {shape}"
        raise ValueError(msg)
    return images
