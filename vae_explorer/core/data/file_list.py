"""A folder's image files, however many: in columns, since a million small objects take seconds and half a gigabyte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple, overload


class FileEntry(NamedTuple):
    """An image file as the file system describes it: while this stays the same, so does the image."""

    path: str
    """Relative to the folder, with `/` between its parts; bytes that are not UTF-8 are surrogate escapes."""
    size: int
    mtime_ns: int


class FileList(Sequence[FileEntry]):
    """Image files; only `add` changes it."""

    def __init__(self, paths: Iterable[str] = (), sizes: Iterable[int] = (), mtimes_ns: Iterable[int] = ()) -> None:
        """Raise ValueError where the columns aren't equally long."""
        self.paths, self.sizes, self.mtimes_ns = list(paths), list(sizes), list(mtimes_ns)
        if not len(self.paths) == len(self.sizes) == len(self.mtimes_ns):
            msg = "columns don't fit"
            raise ValueError(msg)

    def add(self, path: str, size: int, mtime_ns: int) -> None:
        """Append a file."""
        self.paths.append(path)
        self.sizes.append(size)
        self.mtimes_ns.append(mtime_ns)

    def by_path(self) -> FileList:
        """Return the same files sorted by path."""
        order = sorted(range(len(self)), key=self.paths.__getitem__)
        if len(order) < 2:
            return self
        return FileList(*(itemgetter(*order)(column) for column in (self.paths, self.sizes, self.mtimes_ns)))

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[FileEntry]:
        return map(FileEntry, self.paths, self.sizes, self.mtimes_ns)

    @overload
    def __getitem__(self, index: int) -> FileEntry: ...
    @overload
    def __getitem__(self, index: slice) -> FileList: ...
    def __getitem__(self, index: int | slice) -> FileEntry | FileList:
        if isinstance(index, slice):
            return FileList(self.paths[index], self.sizes[index], self.mtimes_ns[index])
        return FileEntry(self.paths[index], self.sizes[index], self.mtimes_ns[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileList) and (self.paths, self.sizes, self.mtimes_ns) == (
            other.paths,
            other.sizes,
            other.mtimes_ns,
        )

    __hash__ = None  # type: ignore[assignment]  # it grows
