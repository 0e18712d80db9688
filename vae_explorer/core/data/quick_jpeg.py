"""Ordinary JPEG files straight through libjpeg-turbo: the pixels that Pillow gives, with less work around them.

Most of an opening's time is libjpeg-turbo's, whoever calls it; the rest, which outweighs it for small images, is not.
Whatever is unusual or damaged is left to Pillow, which reads it or says what is wrong with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_LARGEST_FILE = 2**23
"""Bytes. A file is held in memory whole, one for each thread; Pillow is hardly slower with larger ones."""

_SMALLEST_SIDE = 16
"""In smaller images several of libjpeg's scales round to one size, so that a size doesn't say which is meant."""

_START = b"\xff\xd8\xff"
_APP1, _START_OF_SCAN = 0xE1, 0xDA
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Frames of Huffman-coded DCT: baseline, extended, progressive (ITU-T T.81, table B.1)."""

_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
_GREY, _COLOUR = 1, 3
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0\0"


@dataclass(frozen=True)
class QuickJpeg:
    """A JPEG file of the ordinary kinds, by its header."""

    content: bytes
    width: int
    height: int
    components: int
    is_progressive: bool
    info: dict[str, bytes]
    """Its EXIF and XMP data, where Pillow keeps them."""

    def pixels_held(self, scale: int) -> int:
        """Return how many pixels decoding holds in memory: all of a progressive file's, whatever the scale."""
        return self.width * self.height // (1 if self.is_progressive else scale**2)

    def decode(self, scale: int, *, grey: bool) -> Image.Image | None:
        """Decode at 1/`scale` of the size; None where the data are damaged in any way."""
        from PIL import Image
        from simplejpeg import decode_jpeg

        grey = grey or self.components == _GREY
        width, height = -(-self.width // scale), -(-self.height // scale)
        try:
            pixels = decode_jpeg(self.content, "GRAY" if grey else "RGB", min_width=width, min_height=height)
        except (ValueError, MemoryError):
            return None
        if pixels.shape[:2] != (height, width):
            return None
        image = Image.fromarray(pixels[:, :, 0] if grey else pixels)
        image.info.update(self.info)
        return image


def find_jpeg(file: IO[bytes]) -> QuickJpeg | None:
    """Read an open file, if it is an ordinary JPEG. Raises OSError."""
    if file.read(len(_START)) != _START or file.seek(0, os.SEEK_END) > _LARGEST_FILE:
        return None
    file.seek(0)
    return _from_header(file.read())


def _from_header(content: bytes) -> QuickJpeg | None:
    info: dict[str, bytes] = {}
    frame: tuple[int, bytes] | None = None
    for marker, start, stop in _segments(content):
        if marker in _OTHER_FRAMES or (marker in _FRAMES and frame is not None):
            return None
        if marker in _FRAMES:
            frame = marker, content[start:stop]
        elif marker == _APP1:
            _note(content[start:stop], info)
        elif marker == _START_OF_SCAN:
            return None if frame is None else _of_frame(content, *frame, info)
    return None


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each segment's marker and where its data begin and end; ends early where the file isn't built so."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        stop = place + 2 + length
        if marker in _WITHOUT_LENGTH or marker == 0xFF or length < 2 or stop > len(content):
            return
        yield marker, place + 4, stop
        place = stop


def _note(data: bytes, info: dict[str, bytes]) -> None:
    """Keep EXIF, which may come in several segments, and XMP: either may say which way is up."""
    if data.startswith(_EXIF):
        info["exif"] = info["exif"] + data[len(_EXIF) :] if "exif" in info else data
    elif data.startswith(_XMP):
        info["xmp"] = data[len(_XMP) :]


def _of_frame(content: bytes, marker: int, frame: bytes, info: dict[str, bytes]) -> QuickJpeg | None:
    """Read a frame's header: precision, height, width, number of components (ITU-T T.81, B.2.2)."""
    if len(frame) < 6 or frame[0] != 8 or frame[5] not in {_GREY, _COLOUR}:
        return None
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if min(width, height) < _SMALLEST_SIDE:
        return None
    return QuickJpeg(content, width, height, frame[5], marker == _PROGRESSIVE, info)
