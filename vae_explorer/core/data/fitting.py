"""Bringing any image to the one shape of a set."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import Cancelled, Images, ImageShape, Progress
from vae_explorer.core.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

_REPORT_EVERY = 256
_REDUCING_GAP = 3.0
"""Pillow first shrinks by whole factors down to this multiple of the target; from 3 on the result looks the same."""


def fit_image(image: Image.Image, shape: ImageShape) -> Images:
    """Bring an image of mode L, LA, RGB or RGBA to `shape`. -> (size, size, channels) uint8.

    What is transparent becomes white, since most pictures with transparency are drawn for a white page; padding is
    black. Grey from colour is the luma of ITU-R 601-2.
    """
    fitted = _on_white(_scale(image, shape))
    if shape.fit == "pad":
        fitted = _pad_with_black(fitted, shape.size)
    pixels = np.asarray(fitted.convert("L" if shape.channels == 1 else "RGB"))
    return pixels.reshape(shape.array_shape)


def fit_array(
    array: NDArray[np.uint8], shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
) -> Images:
    """Bring (N, H, W, 1 | 3 | 4) uint8 to `shape`; the same array comes back where it has that shape already.

    Raises Cancelled, and UserError when memory doesn't suffice.
    """
    target = (len(array), *shape.array_shape)
    if array.shape == target:
        return array
    fitted = empty_array(target)
    for index in range(len(array)):
        if index % _REPORT_EVERY == 0:
            check_in(Progress(index, len(array)), on_progress, cancel)
        fitted[index] = fit_image(_image_of(array[index]), shape)
    return fitted


def empty_array(shape: tuple[int, ...]) -> Images:
    """Allocate a uint8 array. Raises UserError when there is no room for it in memory."""
    try:
        return np.empty(shape, np.uint8)
    except MemoryError as error:
        size_gb = np.prod(shape, dtype=np.float64) / 1e9
        msg = f"These images take {size_gb:.1f} GB, more than this machine's memory holds: choose a smaller image size."
        raise UserError(msg) from error


def check_in(progress: Progress, on_progress: Callable[[Progress], None], cancel: threading.Event) -> None:
    """Report progress, and raise Cancelled if that is wanted."""
    if cancel.is_set():
        raise Cancelled
    on_progress(progress)


def content_size(width: int, height: int, shape: ImageShape) -> tuple[int, int]:
    """Return the width and height that a whole image is scaled to, before what overhangs is cropped or padded."""
    if shape.fit == "stretch":
        return shape.size, shape.size
    side = min(width, height) if shape.fit == "crop" else max(width, height)
    return max(1, round(width * shape.size / side)), max(1, round(height * shape.size / side))


def _scale(image: Image.Image, shape: ImageShape) -> Image.Image:
    from PIL.Image import Resampling

    box = (0.0, 0.0, float(image.width), float(image.height))
    size = content_size(image.width, image.height, shape)
    if shape.fit == "crop":
        # The centre square is cut out by the resampling itself, to a fraction of a pixel.
        box, size = _centre_square(image.width, image.height), (shape.size, shape.size)
    return image.resize(size, Resampling.BICUBIC, box, _REDUCING_GAP)


def _centre_square(width: int, height: int) -> tuple[float, float, float, float]:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode not in {"LA", "RGBA"}:
        return image
    page = Image.new(image.mode[:-1], image.size, "white")
    page.paste(image.convert(page.mode), mask=image.getchannel("A"))
    return page


def _pad_with_black(image: Image.Image, size: int) -> Image.Image:
    from PIL import Image

    canvas = Image.new(image.mode, (size, size))
    canvas.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return canvas


def _image_of(pixels: NDArray[np.uint8]) -> Image.Image:
    from PIL import Image

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
