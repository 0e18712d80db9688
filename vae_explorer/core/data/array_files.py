"""Reading arrays from files: nothing is unpickled, and nothing is allocated on a header's word."""

from __future__ import annotations

import gzip
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.lib import format as npy

from vae_explorer.core.data.base import printable
from vae_explorer.core.data.in_place import FileArray, OpenFile
from vae_explorer.core.data.stored import (
    IMAGE_NAMES,
    NAMES_OF_FACTORS,
    Array,
    Refused,
    Rows,
    StoredArrays,
    assemble,
    first_named,
    is_image_like,
)
from vae_explorer.core.errors import UserError

UNPACKED_LIMIT = 8 * 2**30
"""A compressed array larger than this, in bytes, is refused: it would have to fit into memory."""

_NAMED_SPEC = re.compile(r"(.+?\.(?:h5|hdf5|he5|npz))(?::(.*))?", re.IGNORECASE | re.DOTALL)
_HDF5_SUFFIXES = (".h5", ".hdf5", ".he5")
_IDX_NAME = re.compile(r"(^|[-._])idx\d?([-._]ubyte)?(\.gz)?$", re.IGNORECASE)
_IDX_UINT8 = 0x08
_PIECE = 2**20
_NPY_HEAD = 2**14
"""Bytes: numpy takes no header of an .npy longer than 10 000."""


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def split_spec(spec: str) -> tuple[Path, str]:
    """Take “file.h5:name” or “file.npz:name” apart; the name of the images in it is empty where none is given."""
    named = _NAMED_SPEC.fullmatch(spec)
    if named is None or Path(spec).exists():
        return Path(spec), ""
    return Path(named[1]), named[2] or ""


def is_array_name(name: str) -> bool:
    """Whether a file's name is that of an array file."""
    return name.lower().endswith((".npy", ".npz", *_HDF5_SUFFIXES)) or _IDX_NAME.search(name) is not None


@contextmanager
def open_arrays(path: Path, name: str = "") -> Iterator[StoredArrays]:
    """Open a file for as long as its arrays are read; `name` chooses among the images of an HDF5 file or .npz.

    What isn't compressed stays in the file. Raises OSError or Refused.
    """
    if path.suffix.lower() in _HDF5_SUFFIXES:
        from vae_explorer.core.data.hdf5_files import open_hdf5

        with open_hdf5(path, name) as stored:
            yield stored
    else:
        yield _load(path, name)


def _load(path: Path, name: str) -> StoredArrays:
    loads: dict[str, Callable[[Path], StoredArrays]] = {".npy": _load_npy, ".npz": partial(_load_npz, wanted=name)}
    load = loads.get(path.suffix.lower(), _load_idx_pair)
    with _damage_in_words():
        return load(path)


def load_array(path: Path, names: tuple[str, ...]) -> Array | None:
    """Read the array in an .npy, or the first of `names` that an .npz has; None where it has none of them.

    Raises OSError or Refused.
    """
    with _damage_in_words():
        if not zipfile.is_zipfile(path):
            return _open_npy(path)[:]
        with zipfile.ZipFile(path) as archive:
            name = first_named(_headers(archive), names)
            return None if name is None else _member(archive, name)


@contextmanager
def _damage_in_words() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise Refused("it doesn't fit into this machine's memory") from error
    except gzip.BadGzipFile as error:
        raise Refused("it is not compressed with gzip, or damaged") from error
    except (EOFError, ValueError, SyntaxError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error) as error:
        raise Refused(f"it is damaged or cut short ({str(error).rstrip('.')})") from error


def refused(path: Path, why: Exception) -> UserError:
    """Say in one sentence why a file can't be used."""
    shown = printable(str(path))
    if isinstance(why, FileNotFoundError):
        return UserError(f"There is no file “{shown}”.")
    if isinstance(why, PermissionError):
        return UserError(f"You are not permitted to read “{shown}”.")
    return UserError(f"“{shown}” can't be read: {getattr(why, 'strerror', None) or why}.")


@dataclass(frozen=True)
class _Header:
    """What comes before an array's data says of it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    """Bytes before the data."""
    order: str = "C"

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def _load_npy(path: Path) -> StoredArrays:
    return StoredArrays(_open_npy(path))


def _open_npy(path: Path) -> FileArray:
    with path.open("rb") as file:
        return _in_place(path, _read_npy_header(file))


def _read_npy_header(file: IO[bytes]) -> _Header:
    head = io.BytesIO(file.read(_NPY_HEAD))  # no more than that, whatever length it claims
    try:
        version = npy.read_magic(head)
    except ValueError as error:
        raise Refused("it is damaged, or no array file (.npy or .npz)") from error
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise Refused("its version of the .npy format isn't known")
    try:
        shape, fortran, dtype = readers[version](head)
    except Exception as error:  # what numpy's parser of headers raises depends on the damage
        raise Refused("its header is damaged or cut short") from error
    if min(shape, default=0) < 0:
        raise Refused("its header is damaged")
    return _Header(shape, dtype, head.tell(), "F" if fortran else "C")


def _refuse_objects(header: _Header) -> None:
    if header.dtype.hasobject:
        raise Refused("it holds Python objects, which may run code when they are read; store plain numbers")


def _in_place(path: Path, header: _Header) -> FileArray:
    """Open an array that fills the rest of a file."""
    _refuse_objects(header)
    file, declared = OpenFile(path), header.offset + header.nbytes
    if file.size < declared:
        raise Refused(f"it is cut short: {file.size:,} bytes of {declared:,}")
    return FileArray(file, header.shape, header.dtype, header.offset, header.order)


def _unpack(stream: _Stream, header: _Header) -> Array:
    """Read an array from a compressed stream, piece by piece: the header may promise more than there is."""
    _refuse_objects(header)
    if header.nbytes > UNPACKED_LIMIT:
        raise Refused(
            f"it takes more than {UNPACKED_LIMIT >> 30} GB unpacked; store it as .npy, which is read in place"
        )
    data = bytearray()
    while missing := header.nbytes - len(data):
        piece = stream.read(min(missing, _PIECE))
        if not piece:
            raise Refused(f"it is cut short: {len(data):,} bytes of {header.nbytes:,}")
        data += piece
    stream.read(1)  # past the end, where the checksum is
    order: Any = header.order
    return np.frombuffer(data, header.dtype).reshape(header.shape, order=order)


def _load_npz(path: Path, wanted: str) -> StoredArrays:
    with zipfile.ZipFile(path) as archive:
        headers = _headers(archive)
        image_like = [name for name, head in headers.items() if is_image_like(head.shape, head.dtype)]
        images = _choose(headers, image_like, wanted)

        def read(names: tuple[str, ...]) -> tuple[str, Array | None]:
            name = first_named(headers, names)
            if name is None or (wanted and _is_of_others(headers[name], headers[images], names)):
                return "", None
            return name, _member(archive, name)

        others = tuple(name for name in image_like if name != images and not wanted)
        return replace(assemble(_member(archive, images), read), taken=images, others=others)


def _choose(headers: dict[str, _Header], image_like: list[str], wanted: str) -> str:
    """Return which array holds the images. Raises Refused where none does."""
    if wanted in headers:
        return wanted
    there = ", ".join(map(printable, headers)) or "nothing"
    if wanted:
        raise Refused(f"it holds no “{printable(wanted)}”, only {there}")
    # Where nothing says which, the training images beside fewer ones for tests, as in Keras' mnist.npz.
    largest = max(image_like, key=lambda name: headers[name].shape[0], default=None)
    images = first_named(headers, IMAGE_NAMES) or largest
    if images is None:
        raise Refused(f"it holds no images, only {there}")
    return images


def _is_of_others(beside: _Header, images: _Header, names: tuple[str, ...]) -> bool:
    """Whether what lies beside images that were chosen by name is not one for each of them."""
    return names is not NAMES_OF_FACTORS and beside.shape[:1] != images.shape[:1]


def _headers(archive: zipfile.ZipFile) -> dict[str, _Header]:
    return {name.removesuffix(".npy"): _member_header(archive, name) for name in archive.namelist()}


def _member_header(archive: zipfile.ZipFile, name: str) -> _Header:
    with archive.open(name) as stream:
        return _read_npy_header(stream)


def _member(archive: zipfile.ZipFile, name: str) -> Array:
    with archive.open(f"{name}.npy") as stream:
        header = _read_npy_header(stream)
        stream.seek(header.offset)
        return _unpack(stream, header)


def _load_idx_pair(path: Path) -> StoredArrays:
    images, labels_path = _load_idx(path), _labels_beside(path)
    if labels_path is None:
        return StoredArrays(images)
    try:
        with _damage_in_words():
            return StoredArrays(images, _load_idx(labels_path)[:])
    except Refused as why:
        raise Refused(f"the labels beside it, {printable(labels_path.name)}, can't be: {why}") from why


def _labels_beside(path: Path) -> Path | None:
    """Find train-labels-idx1-ubyte(.gz) for train-images-idx3-ubyte(.gz)."""
    name = re.sub(r"idx\d", "idx1", path.name.replace("images", "labels"))
    plain = name.removesuffix(".gz")
    beside = [path.with_name(candidate) for candidate in (name, plain, f"{plain}.gz") if candidate != path.name]
    return next((candidate for candidate in beside if "images" in path.name and candidate.is_file()), None)


def _load_idx(path: Path) -> Rows:
    if path.suffix.lower() != ".gz":
        with path.open("rb") as file:
            return _in_place(path, _read_idx_header(file))
    with gzip.open(path) as stream:
        return _unpack(stream, _read_idx_header(stream))


def _read_idx_header(stream: _Stream) -> _Header:
    """Read the head of MNIST's format: two zeros, a code for the type, the number of dimensions, big-endian sizes."""
    zeros, code, dims = struct.unpack(">HBB", stream.read(4))
    if zeros != 0:
        raise Refused("it is not in the idx format")
    if code != _IDX_UINT8:
        raise Refused("it holds other numbers than bytes")
    shape = struct.unpack(f">{dims}I", stream.read(4 * dims))
    return _Header(shape, np.dtype(np.uint8), 4 + 4 * dims)
