"""Mosaics as pictures to keep: pixels with the axes named. Pillow draws the words; no Qt."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.captions import Captions, Mark, that_fit
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.board import Layout

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from vae_explorer.core.data.base import Images

Picture = NDArray[np.uint8]
"""(H, W, C) uint8, C = 1 (grey) or 3 (RGB)."""

LARGEST_SIDE = 20_000
"""Pixels; larger pictures are refused, since hardly any program opens them."""

PAPER = (255, 255, 255)
INK = (32, 34, 40)
FAINT_INK = (150, 154, 162)

TICK_PX = 13
NAME_PX = 15
LINE_PX = 16
GAP_PX = 6
MARGIN_PX = 12

_BORROWED = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "Helvetica.ttc")
"""Fonts of the machine, for letters that Pillow's own font lacks."""


def check_side(pixels: float) -> None:
    """Raise UserError where a picture would be too large."""
    if pixels > LARGEST_SIDE:
        msg = f"The picture would be {pixels:.0f} pixels wide or high; {LARGEST_SIDE} is the most."
        raise UserError(msg)


def write_png(path: Path, pixels: Picture) -> None:
    """Write a picture (H, W, C), whole or not at all. Raises UserError where the disk refuses."""
    from vae_explorer.core.files import write_atomically

    file = io.BytesIO()
    _pil(pixels).save(file, "PNG")
    write_atomically(path, file.getvalue())


def mosaic(layout: Layout, images: Images, paper: int = 255) -> Picture:
    """Lay out the images (n, H, W, C) of a board's cells; a cell's side is a whole multiple of H = W. -> (H', W', C).

    Raises UserError where the picture would be too large.
    """
    rows, columns = layout.board.block_shape
    _, height, width, channels = images.shape
    scale = round(layout.cell) // height
    wide, high = (round(side) for side in layout.size)
    check_side(max(wide, high))
    picture = np.full((high, wide, channels), paper, np.uint8)
    blocks = images.reshape(-1, rows, columns, height, width, channels).swapaxes(2, 3)
    for number, block in enumerate(blocks.reshape(len(blocks), rows * height, columns * width, channels)):
        left, top, _, _ = map(round, layout.block(number))
        picture[top : top + rows * height * scale, left : left + columns * width * scale] = block.repeat(
            scale, 0
        ).repeat(scale, 1)
    return picture


def captioned(body: Picture, captions: Captions) -> Picture:
    """Write what is to be read beside a mosaic (H, W, C): on white paper, below it and on its left. -> (H', W', 3)."""
    from PIL import Image, ImageDraw

    height, width = body.shape[:2]
    room = _Room.around(width, height, captions)
    page = Image.new("RGB", (room.left + width + room.right, room.above + height + room.below), PAPER)
    page.paste(_pil(body), (room.left, room.above))
    draw = ImageDraw.Draw(page)
    _write_below(draw, captions, room.left, room.above + height + GAP_PX, width)
    _write_left(draw, captions.left, room.left - GAP_PX, room.above)
    if captions.left_name:
        name = _upright(captions.left_name)
        page.paste(name, (MARGIN_PX, room.above + (height - name.height) // 2))
    return np.asarray(page)


@dataclass(frozen=True)
class _Room:
    """Pixels around a mosaic: what its words take, and more where a name is longer than the side it stands at."""

    left: int
    right: int
    above: int
    below: int

    @classmethod
    def around(cls, width: int, height: int, captions: Captions) -> _Room:
        last = max((_width(mark.lines[0], TICK_PX) for mark in captions.below[-1:]), default=0)
        beside = MARGIN_PX + max(0, int(_width(captions.below_name, NAME_PX) - width) // 2 + 1)
        above = MARGIN_PX + max(0, int(_width(captions.left_name, NAME_PX) - height) // 2 + 1)
        return cls(
            left=max(_room_left(captions), beside),
            right=max(MARGIN_PX + int(last / 2), beside),
            above=above,
            below=max(_room_below(captions), above),
        )


def _pil(pixels: Picture) -> Any:
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _room_left(captions: Captions) -> int:
    words = [_width(line, TICK_PX) for mark in captions.left for line in mark.lines]
    name = LINE_PX + GAP_PX if captions.left_name else 0
    return MARGIN_PX + name + (int(max(words)) + GAP_PX if words else 0)


def _room_below(captions: Captions) -> int:
    name = LINE_PX + GAP_PX if captions.below_name else 0
    return MARGIN_PX + name + (LINE_PX + GAP_PX if captions.below else 0)


def _write_below(draw: ImageDraw, captions: Captions, left: int, top: int, width: int) -> None:
    widest = max((_width(mark.lines[0], TICK_PX) for mark in captions.below), default=0)
    for mark in that_fit(captions.below, widest + GAP_PX):
        _write(draw, (left + mark.centre, top), mark.lines[0], TICK_PX, "ma", faint=mark.faint)
    if captions.below_name:
        _write(draw, (left + width / 2, top + LINE_PX + GAP_PX), captions.below_name, NAME_PX, "ma")


def _write_left(draw: ImageDraw, marks: tuple[Mark, ...], right: int, top: int) -> None:
    pitch = marks[1].centre - marks[0].centre if len(marks) > 1 else LARGEST_SIDE
    for mark in that_fit(marks, LINE_PX):
        lines = mark.lines if pitch >= LINE_PX * len(mark.lines) else mark.lines[:1]
        for place, line in enumerate(lines):
            middle = top + mark.centre + (place - (len(lines) - 1) / 2) * LINE_PX
            _write(draw, (right, middle), line, TICK_PX, "rm", faint=mark.faint or place > 0)


def _write(draw: ImageDraw, at: tuple[float, float], text: str, size: int, anchor: str, *, faint: bool = False) -> None:
    draw.text(at, _plain(text), fill=FAINT_INK if faint else INK, font=_font(text, size), anchor=anchor)


def _upright(text: str) -> Any:
    """Return the words as an image, to be read from below upwards."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (int(_width(text, NAME_PX)) + 2, LINE_PX + 4), PAPER)
    _write(ImageDraw.Draw(image), (1, image.height / 2), text, NAME_PX, "lm")
    return image.rotate(90, expand=True)


def _width(text: str, size: int) -> float:
    return float(_font(text, size).getlength(_plain(text)))


def _font(text: str, size: int) -> Any:
    """Return Pillow's own font, the same on every machine; for other alphabets one that the machine has."""
    from PIL import ImageFont

    for name in () if _plain(text).isascii() else _BORROWED:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _plain(text: str) -> str:
    """Return the words in letters that Pillow's own font has, where that is a matter of form alone."""
    return text.replace("…", "...").replace("−", "-").replace("\N{NARROW NO-BREAK SPACE}", " ")
