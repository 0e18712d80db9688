"""Bringing an image cache up to date with the files of its folder."""

from __future__ import annotations

import math
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import compress, islice
from pathlib import Path

from vae_explorer.core.data.base import Cancelled, Images, Progress, Skipped, printable
from vae_explorer.core.data.decode_files import decode_files
from vae_explorer.core.data.decode_image import Unreadable
from vae_explorer.core.data.file_list import FileEntry, FileList
from vae_explorer.core.data.fitting import check_in
from vae_explorer.core.data.image_rows import FileRows, MemoryRows, Rows
from vae_explorer.core.data.manifest import Manifest, save_manifest
from vae_explorer.core.errors import UserError

MEMORY_LIMIT = 2**30
"""Images of no more than this many bytes are held in memory where nothing can be stored."""

_STALE_AFTER_S = 86_400
_REPORT_EVERY = 64

Known = int | Unreadable
"""What a file gave earlier: the row of the old images where its pixels are, or the reason why it gave none."""

_END: tuple[FileEntry | None, Known | None] = (None, None)


@dataclass(frozen=True, eq=False)
class CachedImages:
    """Images with the paths of the files that they come from, and the files that gave none."""

    images: Images
    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def as_cached(images: Images, manifest: Manifest) -> CachedImages:
    """Describe images by their manifest."""
    paths, reasons = manifest.files.paths, manifest.reasons
    read = tuple(compress(paths, (reason is None for reason in reasons)))
    skipped = tuple(Skipped(path, why) for path, why in zip(paths, reasons, strict=True) if why is not None)
    return CachedImages(images, read, skipped)


class Filling:
    """One pass over a folder whose files aren't all in its cache."""

    def __init__(self, folder: Path, old: Manifest, images: Images, files: FileList) -> None:
        self._folder = folder
        self._old = old
        self._files = files
        self._rows = _rows_for(folder, old, images, len(files))
        self._settled = FileList()
        self._reasons: list[str | None] = []
        self._passing: list[Skipped] = []
        """Files skipped for a reason that may pass: told, but not remembered."""
        self._skipped = 0

    def run(self, on_progress: Callable[[Progress], None], cancel: threading.Event) -> CachedImages:
        """Read the files, store their images, and return them. Raises Cancelled or UserError."""
        try:
            return self._read_and_store(on_progress, cancel)
        except OSError as error:
            self._rows.discard()
            raise no_room(self._folder, f"cannot be written ({error.strerror or error})") from error

    def _read_and_store(self, on_progress: Callable[[Progress], None], cancel: threading.Event) -> CachedImages:
        try:
            self._read(on_progress, cancel)
        except Cancelled:
            self._keep_the_rest()
            self._store()
            raise
        stored = self._store()
        return replace(stored, skipped=(*stored.skipped, *self._passing))

    def _read(self, on_progress: Callable[[Progress], None], cancel: threading.Event) -> None:
        root, total = Path(self._old.source), len(self._files)
        unknown = (root / file.path for file, known in self._known() if known is None)
        with closing(decode_files(unknown, self._old.shape, cancel)) as decoded:
            for index, (file, known) in enumerate(self._known()):
                if index % _REPORT_EVERY == 0:
                    check_in(Progress(index, total, self._skipped), on_progress, cancel)
                self._take(file, next(decoded) if known is None else known)
        on_progress(Progress(total, total, self._skipped))

    def _take(self, file: FileEntry, outcome: Images | Known) -> None:
        if isinstance(outcome, Unreadable):
            self._skip(file, outcome)
            return
        if isinstance(outcome, int):
            self._rows.keep(outcome)
        else:
            self._rows.add(outcome)
        self._settled.add(*file)
        self._reasons.append(None)

    def _skip(self, file: FileEntry, why: Unreadable) -> None:
        self._skipped += 1
        if why.lasting:
            self._settled.add(*file)
            self._reasons.append(why.reason)
        else:
            self._passing.append(Skipped(file.path, why.reason))

    def _keep_the_rest(self) -> None:
        """Don't lose what an earlier opening has decoded already."""
        for file, known in islice(self._known(), len(self._settled) + len(self._passing), None):
            if known is not None:
                self._take(file, known)

    def _known(self) -> Iterator[tuple[FileEntry, Known | None]]:
        """Pair each file with what an earlier opening made of it; None where that isn't known, or no longer true.

        Both lists are sorted by path, so walking along both needs no dictionary of all files.
        """
        earlier = _outcomes(self._old)
        old, outcome = next(earlier, _END)
        for file in self._files:
            while old is not None and old.path < file.path:
                old, outcome = next(earlier, _END)
            yield file, outcome if old == file else None

    def _store(self) -> CachedImages:
        images, name = self._rows.finish()
        new = replace(self._old, image_file=name, files=self._settled, reasons=self._reasons)
        if name and new != self._old:
            save_manifest(self._folder, new)
            remove_outdated(self._folder, self._old.image_file, name)
        return as_cached(images, new)


def no_room(folder: Path, why: str) -> UserError:
    """Say that the images can't be stored, and what helps."""
    return UserError(
        f"The image cache in “{printable(str(folder))}” {why}: free some room, choose a smaller image size, "
        "or set VAE_EXPLORER_CACHE to another folder."
    )


def _outcomes(manifest: Manifest) -> Iterator[tuple[FileEntry, Known]]:
    """Yield what each file gave."""
    row = 0
    for file, reason in zip(manifest.files, manifest.reasons, strict=True):
        yield file, row if reason is None else Unreadable(reason)
        row += reason is None


def _rows_for(folder: Path, old: Manifest, images: Images, count: int) -> Rows:
    """Choose where images go: into the cache, or, where that can't be and they are few, into memory."""
    needed = count * math.prod(old.shape.array_shape)
    obstacle = obstacle_to(folder, needed)
    if obstacle is None:
        return FileRows(folder, images, old.image_file)
    if needed <= MEMORY_LIMIT:
        return MemoryRows(images, count)
    raise no_room(folder, obstacle)


def obstacle_to(folder: Path, needed: int) -> str | None:
    """Return what keeps `needed` bytes from being stored in `folder`, in words that continue “the cache …”."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"cannot be made ({error.strerror or error})"
    if not os.access(folder, os.W_OK):
        return "cannot be written to"
    if free < needed:
        return f"needs {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free"
    return None


def remove_outdated(folder: Path, replaced: str, current: str) -> None:
    """Remove the file just replaced and what crashes left; a younger file may be another process's, half written.

    Where a file is in use (on Windows) it stays, for the next time.
    """
    for path in (*folder.glob("images-*.npy"), *folder.glob("*.part")):
        with suppress(OSError):
            stale = path.name == replaced or time.time() - path.stat().st_mtime > _STALE_AFTER_S
            if stale and path.name != current:
                path.unlink()
