"""Finding the image files in a folder and below."""

from __future__ import annotations

import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vae_explorer.core.data.base import Progress, Skipped
from vae_explorer.core.data.decode_image import reason_of
from vae_explorer.core.data.file_list import FileList
from vae_explorer.core.data.fitting import check_in

IMAGE_SUFFIXES = frozenset(["png", "apng", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib", "gif", "webp", "tif", "tiff"])
UNREAD_SUFFIXES = frozenset(["avif", "heic", "heif", "jp2", "jxl", "svg", "psd", "dng", "cr2", "nef", "arw"])
"""Images too, but of kinds that aren't read here: they are told of, not passed over."""


@dataclass
class Listing:
    """What is in a folder and below it."""

    files: FileList = field(default_factory=FileList)
    """Sorted by path."""
    skipped: list[Skipped] = field(default_factory=list)
    others: int = 0
    """Number of files that don't claim to be images."""


_DirectoryId = tuple[int, int]


class _Walk:
    """One walk. Every directory is entered once, however many links lead to it, so links can't make a loop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.listing = Listing()
        self._folders = [""]
        self._links: deque[str] = deque()
        self._entered: set[_DirectoryId] = set()

    def folders(self) -> Iterator[str]:
        """Yield folders, those reached by a link last, so that images are found under their true path."""
        while self._folders or self._links:
            folder = self._folders.pop() if self._folders else self._links.popleft()
            if self._is_new(folder):
                yield folder

    def scan(self, folder: str) -> None:
        """Note what is directly in a folder. Raises OSError if it can't be listed."""
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    self._note(f"{folder}/{entry.name}" if folder else entry.name, entry)

    def fail(self, path: str, error: OSError) -> None:
        """Remember what could not be looked into."""
        self._skip(path, reason_of(error))

    def _is_new(self, folder: str) -> bool:
        try:
            status = (self.root / folder).stat()
        except OSError as error:
            if not folder:
                raise
            self.fail(folder, error)
            return False
        identity = (status.st_dev, status.st_ino)
        if identity in self._entered:
            return False
        self._entered.add(identity)
        return True

    def _note(self, path: str, entry: os.DirEntry[str]) -> None:
        try:
            if entry.is_dir():
                (self._links if entry.is_symlink() else self._folders).append(path)
            else:
                self._note_file(path, entry)
        except OSError as error:
            self.fail(path, error)

    def _note_file(self, path: str, entry: os.DirEntry[str]) -> None:
        suffix = entry.name.rpartition(".")[2].lower()  # a Path for each of 100 000 files would take a second
        if suffix in UNREAD_SUFFIXES:
            self._skip(path, f"{suffix.upper()} is not read here: convert it to PNG or JPEG")
        elif suffix not in IMAGE_SUFFIXES or "." not in entry.name:
            self.listing.others += 1
        else:
            status = entry.stat()
            if stat.S_ISREG(status.st_mode):
                self.listing.files.add(path, status.st_size, status.st_mtime_ns)
            else:
                self._skip(path, "not a regular file")

    def _skip(self, path: str, reason: str) -> None:
        self.listing.skipped.append(Skipped(path, reason))


def walk(root: Path, on_progress: Callable[[Progress], None], cancel: threading.Event) -> Listing:
    """List the images in `root` and below; hidden files and folders are passed over.

    Raises OSError if `root` itself can't be listed, and Cancelled. A subfolder that can't be is among the skipped.
    """
    walking = _Walk(root)
    for folder in walking.folders():
        check_in(Progress(len(walking.listing.files), 0), on_progress, cancel)
        try:
            walking.scan(folder)
        except OSError as error:
            if not folder:
                raise
            walking.fail(folder, error)
    walking.listing.files = walking.listing.files.by_path()
    walking.listing.skipped.sort(key=lambda skipped: skipped.path)
    return walking.listing
