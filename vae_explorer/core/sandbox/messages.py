"""What goes through the pipe: a JSON object, and arrays of plain numbers. Neither side believes a size unchecked."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Message = tuple[dict[str, Any], list[Array]]

MOST_HEADER_BYTES = 1_000_000
_LENGTH = struct.Struct("<I")
_KINDS: dict[str, np.dtype[Any]] = {"f4": np.dtype("<f4"), "i8": np.dtype("<i8"), "u1": np.dtype("u1")}


class BadMessageError(ValueError):
    """What came is no message, or one that is too large."""


def send(stream: BinaryIO, header: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Write a message; arrays are float32, int64 or uint8. Raises OSError where nobody reads."""
    kinds = [{"u": "u1", "i": "i8"}.get(array.dtype.kind, "f4") for array in arrays]
    plain = [np.ascontiguousarray(array, _KINDS[kind]) for kind, array in zip(kinds, arrays, strict=True)]
    shapes = [[kind, *array.shape] for kind, array in zip(kinds, plain, strict=True)]
    text = json.dumps(header | {"arrays": shapes}).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    for array in plain:
        stream.write(array.data.cast("B") if array.size else b"")
    stream.flush()


def receive(stream: BinaryIO, most_bytes: int) -> Message:
    """Read a message whose arrays hold at most so many bytes. Raises EOFError at the end, BadMessageError."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > MOST_HEADER_BYTES:
        msg = "its header is too long"
        raise BadMessageError(msg)
    try:
        header = json.loads(_exactly(stream, length))
        described = [(_KINDS[kind], tuple(map(_size, shape))) for kind, *shape in header.pop("arrays")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = "its header can't be read"
        raise BadMessageError(msg) from error
    if sum(kind.itemsize * math.prod(shape) for kind, shape in described) > most_bytes:
        msg = "its arrays are too large"
        raise BadMessageError(msg)
    return header, [_array(stream, kind, shape) for kind, shape in described]


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        msg = "no size"
        raise ValueError(msg)
    return value


def _array(stream: BinaryIO, kind: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    return np.frombuffer(_exactly(stream, kind.itemsize * math.prod(shape)), kind).reshape(shape).copy()


def _exactly(stream: BinaryIO, count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EOFError
    return content
