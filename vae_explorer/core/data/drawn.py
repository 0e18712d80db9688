"""Where drawn images go: into memory, or, where they are many, into a file that is kept for the next time."""

from __future__ import annotations

import math
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_explorer.core.data.base import Images, ImageShape, Progress, ignore_progress
from vae_explorer.core.data.cache import cache_folder
from vae_explorer.core.data.cache_filling import MEMORY_LIMIT, no_room, obstacle_to, remove_outdated
from vae_explorer.core.data.fitting import check_in, empty_array, fit_array
from vae_explorer.core.data.image_rows import open_rows

VERSION = 1
"""Counts up whenever a sample is drawn differently: what was kept before isn't used then."""

_PIECE = 1024
"""Images drawn between two looks at `cancel`."""


@dataclass(frozen=True)
class Drawing:
    """Images that can be drawn at any time, any of them without the others."""

    source: str
    """The specification that gives them again."""
    count: int
    draw: Callable[[int, int], Images]
    """Draw images from … to (not with): (n, H, W, C) of any one shape."""

    def read(self, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event) -> Images:
        """Draw all images and bring them to `shape`; read-only. Raises Cancelled, and UserError where there's no room.

        More than a gigabyte of images is memory-mapped from the image cache, where it stays for the next time.
        """
        pieces = self._pieces(shape, on_progress, cancel)
        in_memory = self._bytes(shape) <= MEMORY_LIMIT
        images = _in_memory(pieces, self._rows(shape)) if in_memory else self._in_file(shape, pieces)
        on_progress(Progress(self.count, self.count))
        return images

    def _rows(self, shape: ImageShape) -> tuple[int, ...]:
        return self.count, *shape.array_shape

    def _bytes(self, shape: ImageShape) -> int:
        return math.prod(self._rows(shape))

    def _pieces(
        self, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> Iterator[Images]:
        for start in range(0, self.count, _PIECE):
            check_in(Progress(start, self.count), on_progress, cancel)
            drawn = self.draw(start, min(start + _PIECE, self.count))
            yield np.ascontiguousarray(fit_array(drawn, shape, ignore_progress, cancel))

    def _in_file(self, shape: ImageShape, pieces: Iterator[Images]) -> Images:
        folder, name = cache_folder(Path(self.source), shape), f"drawn-{VERSION}.npy"
        with suppress(OSError, EOFError, ValueError):  # not there yet, or cut short: drawn anew
            return open_rows(folder / name, self._rows(shape))
        obstacle = obstacle_to(folder, self._bytes(shape))
        if obstacle is not None:
            raise no_room(folder, obstacle)
        remove_outdated(folder, "", name)
        try:
            _write(folder / name, pieces, self._rows(shape))
            return open_rows(folder / name, self._rows(shape))
        except OSError as error:
            raise no_room(folder, f"cannot be written ({error.strerror or error})") from error


def _in_memory(pieces: Iterator[Images], rows: tuple[int, ...]) -> Images:
    images = empty_array(rows)
    place = 0
    for piece in pieces:
        images[place : place + len(piece)] = piece
        place += len(piece)
    images.flags.writeable = False
    return images


def _write(path: Path, pieces: Iterator[Images], rows: tuple[int, ...]) -> None:
    """Write an .npy piece by piece, whole or not at all. Raises OSError and what the pieces raise."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": rows}
            np.lib.format.write_array_header_1_0(file, header)
            for piece in pieces:
                file.write(piece.data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
