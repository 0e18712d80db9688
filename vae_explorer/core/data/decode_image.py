"""One image file to pixels of one shape, or the reason why not."""

from __future__ import annotations

import errno
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from vae_explorer.core.data.base import Images, ImageShape
from vae_explorer.core.data.fitting import content_size, fit_image
from vae_explorer.core.data.quick_jpeg import find_jpeg

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 178_956_970
"""The largest image that is decoded, in pixels: beyond it Pillow itself speaks of a decompression bomb."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
"""The formats that are opened, whatever a file's name says; others (EPS, say) may run foreign programs."""

_TOO_LARGE = f"larger than {MAX_PIXELS // 1_000_000} megapixels"
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")
_ORIENTATION_TAG = 0x0112
_DRAFT_GAP = 1.3
"""A JPEG is decoded straight to a fraction of its size, no smaller than this multiple of what is wanted."""


class Unreadable(Exception):  # noqa: N818  # expected of some files in any folder, and told, not raised to the person
    """A file could not be read as an image."""

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, in words for a person that continue “skipped: …”."""
        self.lasting = lasting
        """Whether it stays so until the file changes; False where trying again may help."""


class _PixelBudget:
    """Holds back threads while others decode large images, so that memory doesn't grow with the processor's cores."""

    def __init__(self, pixels: int) -> None:
        self._free = pixels
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, pixels: int) -> Iterator[None]:
        """Wait until `pixels` are free (no more than the whole budget), and hold them."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


_budget = _PixelBudget(MAX_PIXELS)


def decode_file(path: Path, shape: ImageShape) -> Images:
    """Read the image file at `path`, brought to `shape`. -> (size, size, channels) uint8. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            return decode_image(file, shape)
    except OSError as error:
        raise Unreadable(reason_of(error), lasting=False) from error


def decode_image(file: IO[bytes], shape: ImageShape) -> Images:
    """Decode an open image file (a GIF's first frame), upright as its EXIF says, brought to `shape`.

    -> (size, size, channels) uint8. Raises Unreadable; an OSError of the file system passes through.
    """
    try:
        pixels = _decode_quickly(file, shape)
        return _decode_by_pillow(file, shape) if pixels is None else pixels
    except Unreadable:
        raise
    except Exception as error:
        raise _told(error) from error


def _decode_quickly(file: IO[bytes], shape: ImageShape) -> Images | None:
    """Decode an ordinary JPEG; None where it isn't one."""
    jpeg = find_jpeg(file)
    if jpeg is None or jpeg.width * jpeg.height > MAX_PIXELS:
        return None
    scale = _scale(jpeg.width, jpeg.height, shape)
    with _budget.hold(jpeg.pixels_held(scale)):
        image = jpeg.decode(scale, grey=shape.channels == 1)
        if image is None:
            return None
        return fit_image(_upright(image, _orientation(image)) if jpeg.info else image, shape)


def _decode_by_pillow(file: IO[bytes], shape: ImageShape) -> Images:
    with open_image(file) as image:
        _draft(image, shape)
        with _budget.hold(image.width * image.height):
            image.load()
            plain = _plain(image)
            return fit_image(_upright(plain, _orientation(image)), shape)


def open_image(file: IO[bytes]) -> Image.Image:
    """Read an image's header. Raises Unreadable; an OSError of the file system passes through."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Unreadable(_why_unidentified(file)) from error
    except Image.DecompressionBombError as error:
        raise Unreadable(_TOO_LARGE) from error
    except Exception as error:
        raise _told(error) from error
    if image.width * image.height > MAX_PIXELS:
        raise Unreadable(_TOO_LARGE)
    return image


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Keep off the terminal what Pillow says of odd metadata in images that it reads all the same.

    Filters belong to the process, not the thread: another thread's `catch_warnings` may undo this, which costs a line
    of noise and no more.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def reason_of(error: OSError) -> str:
    """Put an error of the file system into words that continue “skipped: …”."""
    if isinstance(error, FileNotFoundError):
        return "it is no longer there, or a link that leads nowhere"
    if isinstance(error, PermissionError):
        return "you are not permitted to read it"
    if error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    return f"it could not be read ({error.strerror or error})"


def _why_unidentified(file: IO[bytes]) -> str:
    file.seek(0)
    start = file.read(4)
    if not start:
        return "the file is empty"
    if start.startswith(_SIGNATURES):
        return "the file is damaged or cut short"
    return "not an image, or of a kind that isn't read here"


def _told(error: Exception) -> Exception:
    """Put into words what Pillow raised: on a damaged file its decoders raise whatever that leads them to."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if isinstance(error, MemoryError):
        return Unreadable("too large for this machine's memory", lasting=False)
    words = str(error).rstrip(".") or type(error).__name__
    return Unreadable("the file is cut short" if "truncated" in words.lower() else f"the file is damaged ({words})")


def _draft(image: Image.Image, shape: ImageShape) -> None:
    """Let a JPEG's decoder do the bulk of the shrinking, and leave out the colours where grey is wanted."""
    if image.format not in {"JPEG", "MPO"}:
        return
    image.draft("L" if shape.channels == 1 else None, _wanted(image.width, image.height, shape))


def _scale(width: int, height: int, shape: ImageShape) -> int:
    """Return the divisor that `_draft` comes to for a JPEG of this size."""
    wanted_width, wanted_height = _wanted(width, height, shape)
    most = min(width // wanted_width, height // wanted_height)
    return next((scale for scale in (8, 4, 2) if most >= scale), 1)


def _wanted(width: int, height: int, shape: ImageShape) -> tuple[int, int]:
    """Return the least size to decode a JPEG to."""
    width, height = content_size(width, height, shape)
    return max(1, round(width * _DRAFT_GAP)), max(1, round(height * _DRAFT_GAP))


def _plain(image: Image.Image) -> Image.Image:
    """Take any mode to L, LA, RGB or RGBA. Raises Unreadable where the values' range isn't known."""
    if image.mode.startswith("I;16"):
        return _from_16_bit(image)
    if image.mode == "F":
        return _from_float(image)
    if image.mode == "I":
        raise Unreadable("its 32-bit integers have no known range")
    if image.mode == "1":
        image = image.convert("L")
    if image.mode not in {"LA", "RGBA"} and image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "LA", "RGB", "RGBA"} else image.convert("RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    """Map 0…65535 to 0…255; a table spares a second full-size array."""
    from PIL import Image

    table = ((np.arange(65_536) + 128) // 257).astype(np.uint8)
    return Image.fromarray(table[np.asarray(image)])


def _from_float(image: Image.Image) -> Image.Image:
    from PIL import Image

    values = np.asarray(image)
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise Unreadable("its floating-point values are not all within 0 and 1")
    return Image.fromarray(np.rint(values * 255).astype(np.uint8))


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1…8; 1 (upright) where the EXIF data are damaged. Pillow turns TIFFs itself."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error):
        return 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Undo EXIF's orientation."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image
