"""Images that are made piece by piece: into memory, or, where they are many, into a file of the image cache."""

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


@dataclass(frozen=True)
class Pieces:
    """Images that can be made at any time, any of them without the others: drawn, or read from a large file."""

    source: str
    """The specification that gives them again."""
    version: str
    """Fit for a file's name; another one where the same source would give other images now."""
    count: int
    make: Callable[[int, int], Images]
    """Make images from … to (not with): (n, H, W, C) of any one shape."""
    at_once: int = 1024
    """Images made between two looks at `cancel`."""

    def read(self, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event) -> Images:
        """Make all images and bring them to `shape`; read-only. Raises Cancelled, and UserError where there's no room.

        More than a gigabyte of images is memory-mapped from the image cache, where it stays for the next time.
        """
        made = self._made(shape, on_progress, cancel)
        rows = (self.count, *shape.array_shape)
        images = _in_memory(made, rows) if math.prod(rows) <= MEMORY_LIMIT else self._in_file(made, rows, shape)
        on_progress(Progress(self.count, self.count))
        return images

    def _made(
        self, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> Iterator[Images]:
        for start in range(0, self.count, self.at_once):
            check_in(Progress(start, self.count), on_progress, cancel)
            piece = self.make(start, min(start + self.at_once, self.count))
            yield np.ascontiguousarray(fit_array(piece, shape, ignore_progress, cancel))

    def _in_file(self, made: Iterator[Images], rows: tuple[int, ...], shape: ImageShape) -> Images:
        folder = cache_folder(Path(self.source), shape)
        path = folder / f"pieces-{self.version}.npy"
        with suppress(OSError, EOFError, ValueError):  # not there yet, or cut short: made anew
            return open_rows(path, rows)
        obstacle = obstacle_to(folder, math.prod(rows))
        if obstacle is not None:
            raise no_room(folder, obstacle)
        remove_outdated(folder, "", path.name)
        try:
            _write(path, made, rows)
            _remove_others(path)
            return open_rows(path, rows)
        except OSError as error:
            raise no_room(folder, f"cannot be written ({error.strerror or error})") from error


def _in_memory(made: Iterator[Images], rows: tuple[int, ...]) -> Images:
    images = empty_array(rows)
    place = 0
    for piece in made:
        images[place : place + len(piece)] = piece
        place += len(piece)
    images.flags.writeable = False
    return images


def _write(path: Path, made: Iterator[Images], rows: tuple[int, ...]) -> None:
    """Write an .npy piece by piece, whole or not at all. Raises OSError and what making the pieces raises."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": rows}
            np.lib.format.write_array_header_1_0(file, header)
            for piece in made:
                file.write(piece.data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _remove_others(path: Path) -> None:
    """Remove what other versions have left. Where a file is in use (on Windows) it stays, for the next time."""
    for other in path.parent.glob("pieces-*.npy"):
        if other != path:
            with suppress(OSError):
                other.unlink()
