"""Tables of what is known of images besides their pixels, joined to them by file name."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.shades import Groups, Shades

DELIMITERS: Final = ",;\t"
MISSING: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "-", "?"})
"""What stands for “not known” in a cell, whatever its case."""

UNNAMED: Final = "?"
"""What the group of images is called of which a column says nothing."""

Rows = list[list[str]]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns that say something of images, by their names in the file."""

    title: str
    """The file's name."""
    paths: Sequence[str]
    """Of the images that it was joined to, in their order."""
    columns: dict[str, Shades | Groups]
    """Numbers on a scale where all cells of a column are numbers, else groups; at least one column."""
    missing: int
    """How many images have no row."""


def read_table(path: Path, images: Sequence[str]) -> Table:
    """Read a CSV or TSV file with a header and join it to `images`, their relative paths. Raises UserError.

    The column that names most images is the one of their names: with folders, as `images` are, or without where that
    names one image only.
    """
    title = printable(path.name)
    rows, delimiter = _rows(_text(path, title), title)
    header, body = [name.strip() for name in rows[0]], rows[1:]
    finder = _Finder(images)
    found = [finder.find([row[number] for row in body]) for number in range(len(header))]
    names = max(range(len(header)), key=lambda number: int((found[number] >= 0).sum()))
    _check_names(found[names], [row[names] for row in body], title, finder)
    if finder.find([header[names]])[0] >= 0:
        msg = f"“{title}” has no header: its first row names the image “{header[names]}”."
        raise UserError(msg)
    columns = _columns(header, body, found[names], len(images), names, comma=delimiter == ";")
    if not columns:
        msg = f"“{title}” has no column with values for these images besides their names."
        raise UserError(msg)
    missing = len(images) - int((found[names] >= 0).sum())
    return Table(title, images, columns, missing)


# Reading


def _text(path: Path, title: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"“{title}” can't be read ({error.strerror or error})."
        raise UserError(msg) from None
    try:
        return content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        msg = f"“{title}” is not text in UTF-8: save the table as “CSV UTF-8”."
        raise UserError(msg) from None


def _rows(text: str, title: str) -> tuple[Rows, str]:
    """Split into rows as long as the header, and say by what. Empty lines are left out."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as error:
        msg = f"“{title}” can't be read as a table ({error})."
        raise UserError(msg) from None
    if len(rows) < 2:
        msg = f"“{title}” holds no rows: a table has a header and below it a row for each image."
        raise UserError(msg)
    width = len(rows[0])
    return [(row + [""] * width)[:width] for row in rows], delimiter


# Joining


class _Finder:
    """Finds images by the names that tables give them."""

    def __init__(self, images: Sequence[str]) -> None:
        whole = [_plain(path) for path in images]
        self._by_path = {path: number for number, path in enumerate(whole)}
        bases = [path.rpartition("/")[2] for path in whole]
        counts = Counter(bases)
        self._by_base = {base: number for number, base in enumerate(bases) if counts[base] == 1}
        self._ambiguous = {base for base, count in counts.items() if count > 1}

    def find(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of the image that each name means, −1 where it means none."""
        return np.array([self._number(_plain(name)) for name in names], np.int64)

    def is_ambiguous(self, name: str) -> bool:
        """Whether a name without a folder is that of several images."""
        plain = _plain(name)
        return plain not in self._by_path and plain in self._ambiguous

    def _number(self, name: str) -> int:
        number = self._by_path.get(name)
        return self._by_base.get(name.rpartition("/")[2], -1) if number is None else number


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip().replace("\\", "/").removeprefix("./"))


def _check_names(found: NDArray[np.int64], names: Sequence[str], title: str, finder: _Finder) -> None:
    """Raise UserError where rows name no image, or two rows the same."""
    known = found[found >= 0]
    if not len(known):
        ambiguous = next((name for name in names if finder.is_ambiguous(name)), None)
        if ambiguous is not None:
            msg = f"“{title}” says “{ambiguous}”, which is the name of several images: put their folders before it."
            raise UserError(msg)
        msg = f"“{title}” names none of these images; the first row says “{names[0]}”."
        raise UserError(msg)
    numbers, counts = np.unique(known, return_counts=True)
    if counts.max() > 1:
        twice = names[int(np.flatnonzero(found == numbers[counts.argmax()])[0])].strip()
        msg = f"“{title}” has {counts.max()} rows for “{twice}”: each image can have only one."
        raise UserError(msg)


def _columns(
    header: Sequence[str], body: Rows, found: NDArray[np.int64], count: int, names: int, *, comma: bool
) -> dict[str, Shades | Groups]:
    """Give each image the values of its row; columns that say nothing are left out."""
    columns: dict[str, Shades | Groups] = {}
    rows = np.full(count, -1)
    rows[found[found >= 0]] = np.flatnonzero(found >= 0)
    for number, name in enumerate(header):
        cells = [body[row][number].strip() if row >= 0 else "" for row in rows.tolist()]
        if number != names and any(cell.casefold() not in MISSING for cell in cells):
            columns[_fresh(name or f"column {number + 1}", columns)] = _content(cells, comma=comma)
    return columns


def _fresh(name: str, taken: dict[str, Shades | Groups]) -> str:
    """Tell columns of the same name apart."""
    other, number = name, 2
    while other in taken:
        other, number = f"{name} ({number})", number + 1
    return other


def _content(cells: Sequence[str], *, comma: bool) -> Shades | Groups:
    """Lay a scale over numbers, or sort words into groups."""
    known = [cell for cell in cells if cell.casefold() not in MISSING]
    if all(_is_number(cell, comma=comma) for cell in known):
        return Shades.of([math.nan if cell.casefold() in MISSING else _number(cell, comma=comma) for cell in cells])
    names = sorted(set(known))
    numbers = {name: number for number, name in enumerate(names)}
    unknown = None if len(known) == len(cells) else len(names)
    groups = np.array([numbers.get(cell, len(names)) for cell in cells], np.int64)
    return Groups(groups, tuple(names) if unknown is None else (*names, UNNAMED), unknown)


def _is_number(cell: str, *, comma: bool) -> bool:
    try:
        _number(cell, comma=comma)
    except ValueError:
        return False
    return True


def _number(cell: str, *, comma: bool) -> float:
    """Read a number; where cells are parted by semicolons, decimals may be by commas. Raises ValueError."""
    return float(cell.replace(",", ".", 1) if comma else cell)
