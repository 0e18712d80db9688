"""Names of very many images, of which few are ever asked for: made, or read, one at a time."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Names(Sequence[str]):
    """Names by their numbers, equal to any sequence of the same names."""

    def __init__(self, count: int) -> None:
        self._count = count

    def name(self, index: int) -> str:
        """Return the name of an image, 0 ≤ index < count."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(map(self.name, range(self._count)[index]))
        return self.name(range(self._count)[index])

    def __iter__(self) -> Iterator[str]:
        return map(self.name, range(self._count))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Sequence) or isinstance(other, str) or len(other) != len(self):
            return NotImplemented
        return all(one == another for one, another in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash((self._count, self[0] if self._count else ""))


class Numbered(Names):
    """“face 0000”, “face 0001”, …: with as many digits as the last one needs."""

    def __init__(self, what: str, count: int) -> None:
        super().__init__(count)
        self.what = what
        self.digits = len(str(count - 1))

    def name(self, index: int) -> str:
        """Return the name of an image."""
        return f"{self.what} {index:0{self.digits}}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numbered):
            return (self.what, self._count) == (other.what, other._count)
        return super().__eq__(other)

    __hash__ = Names.__hash__


class StoredNames(Names):
    """Names in two files: all their bytes one after another, and where each ends."""

    def __init__(self, text: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        super().__init__(len(ends))
        self._text = text
        self._ends = ends

    def stretch(self, first: int, stop: int) -> tuple[bytes, NDArray[np.int64]]:
        """Read the names of some images, one after another, and where each of them ends, (stop − first,)."""
        start = int(self._ends[first - 1]) if first else 0
        ends = np.asarray(self._ends[first:stop]) - start
        return self._text[start : start + int(ends[-1]) if len(ends) else start].tobytes(), ends

    def name(self, index: int) -> str:
        """Read the name of an image."""
        start = int(self._ends[index - 1]) if index else 0
        return os.fsdecode(self._text[start : int(self._ends[index])].tobytes())


def write_names(names: Iterable[str], text: Path, ends: Path) -> None:
    """Write names as `StoredNames` reads them, in bounded memory but for eight bytes a name. Raises OSError."""
    lengths = array("q")
    with text.open("wb") as file:
        for name in names:
            encoded = os.fsencode(name)
            file.write(encoded)
            lengths.append(len(encoded))
    np.save(ends, np.cumsum(np.asarray(lengths, np.int64), dtype=np.int64))
