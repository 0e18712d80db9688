"""Between numpy pixels and Qt images."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

Pixels = NDArray[np.uint8]
"""(H, W, C) uint8, C = 1 (grey) or 3 (RGB)."""

_FORMATS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888}


def image_of(pixels: Pixels) -> QImage:
    """Wrap (H, W, C) pixels without copying. The image keeps the array alive."""
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    image = QImage(pixels.data, width, height, width * channels, _FORMATS[channels])
    # PySide keeps no reference to the buffer that a QImage wraps.
    image.pixels_kept_alive = pixels  # type: ignore[attr-defined]
    return image


def fitted(width: int, height: int, room: QRectF, device_pixel_ratio: float, *, sharp: bool) -> QRectF:
    """Return the largest centred rectangle in `room` for an image; sharp: a whole number of device pixels a pixel."""
    scale = min(room.width() / width, room.height() / height)
    if sharp and scale * device_pixel_ratio > 1:
        scale = math.floor(scale * device_pixel_ratio) / device_pixel_ratio
    size_x, size_y = width * scale, height * scale
    left = round(room.center().x() - size_x / 2)
    top = round(room.center().y() - size_y / 2)
    return QRectF(left, top, size_x, size_y)
