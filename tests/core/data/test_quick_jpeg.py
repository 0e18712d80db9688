"""JPEG files read by libjpeg-turbo itself: the pictures are Pillow's, and so are the reasons for refusing one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vae_explorer.core.data import decode_image as module
from vae_explorer.core.data import quick_jpeg
from vae_explorer.core.data.base import Images, ImageShape
from vae_explorer.core.data.decode_image import Unreadable, decode_image
from vae_explorer.core.data.quick_jpeg import find_jpeg

SHAPES = [ImageShape(32, 3), ImageShape(32, 1), ImageShape(20, 3, "pad"), ImageShape(50, 3, "stretch")]
ICC = b"\0" * 36 + b"acsp" + bytes(range(256)) * 300  # of three segments
XMP = b'<rdf:Description tiff:Orientation="6" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"/>'


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all colours": {"subsampling": "4:4:4"},
    "half the colours": {"subsampling": "4:2:2"},
    "coarse": {"quality": 20},
    "progressive": {"progressive": True},
    "tables of its own": {"optimize": True},
    "restart markers": {"restart_marker_blocks": 3},
    "colour profile": {"icc_profile": ICC},
    "comment": {"comment": b"made \xff\xd8 by hand"},
    "XMP orientation": {"xmp": XMP},
    "XMP and EXIF": {"xmp": XMP, "exif": exif(3)},
    "untransformed RGB": {"keep_rgb": True},
    **{f"orientation {number}": {"exif": exif(number)} for number in range(1, 9)},
}


def scene(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Soft shapes with a little grain, as photographs have."""
    random = np.random.default_rng(0)
    soft = Image.fromarray(random.integers(0, 256, (6, 8, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = random.normal(0, 4, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8)).convert(mode)


def jpeg(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def outcome(content: bytes, shape: ImageShape) -> Images | str:
    """Pixels, or the reason why there are none."""
    try:
        return decode_image(io.BytesIO(content), shape)
    except Unreadable as error:
        return error.reason


@contextmanager
def pillow_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "find_jpeg", lambda _: None)
        yield


def by_pillow(content: bytes, shape: ImageShape) -> Images | str:
    with pillow_only():
        return outcome(content, shape)


def is_quick(content: bytes) -> bool:
    found = find_jpeg(io.BytesIO(content))
    return found is not None and found.decode(1, grey=False) is not None


def assert_alike(content: bytes, shape: ImageShape) -> None:
    ours, theirs = outcome(content, shape), by_pillow(content, shape)
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == theirs
    else:
        assert np.abs(ours.astype(int) - theirs).max() <= 3


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_is_pillows(kind: str, mode: str, shape: ImageShape) -> None:
    content = jpeg(scene((210, 150), mode), **KINDS[kind])
    assert is_quick(content)
    assert_alike(content, shape)


@pytest.mark.parametrize("size", [(16, 16), (17, 16), (33, 65), (101, 16), (16, 300), (333, 251), (640, 480)])
@pytest.mark.parametrize("shape", SHAPES)
def test_odd_sizes_are_scaled_as_pillow_scales_them(size: tuple[int, int], shape: ImageShape) -> None:
    content = jpeg(scene(size))
    assert is_quick(content)
    assert_alike(content, shape)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", [1, 2, 7, 15])
def test_tiny_pictures_are_left_to_pillow(side: int, shape: ImageShape) -> None:
    content = jpeg(scene((side, 40)))
    assert not is_quick(content)
    assert_alike(content, shape)


def test_inks_are_left_to_pillow() -> None:
    content = jpeg(Image.new("CMYK", (40, 40), (0, 255, 255, 0)))
    assert not is_quick(content)
    assert np.abs(decode_image(io.BytesIO(content), ImageShape(8, 3))[4, 4].astype(int) - [255, 0, 0]).max() < 12


def test_the_first_of_several_pictures_in_a_file_is_read() -> None:
    content = jpeg(scene((64, 48)), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert is_quick(content)
    assert_alike(content, ImageShape(16, 3))


def test_a_large_file_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    content = jpeg(scene((64, 48)))
    monkeypatch.setattr(quick_jpeg, "_LARGEST_FILE", len(content) - 1)
    assert find_jpeg(io.BytesIO(content)) is None
    assert_alike(content, ImageShape(16, 3))


def test_a_progressive_file_is_held_whole_while_it_is_decoded() -> None:
    plain, progressive = (find_jpeg(io.BytesIO(jpeg(scene((640, 480)), progressive=kind))) for kind in (False, True))
    assert plain is not None
    assert progressive is not None
    assert [plain.pixels_held(4), progressive.pixels_held(4)] == [160 * 120, 640 * 480]


def test_too_many_pixels_are_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 64 * 48 - 1)
    monkeypatch.setattr(quick_jpeg.QuickJpeg, "decode", lambda *_, **__: pytest.fail("a bomb was decoded"))
    assert outcome(jpeg(scene((64, 48))), ImageShape(16, 3)) == "larger than 178 megapixels"


@pytest.mark.parametrize("shape", SHAPES[:2])
@pytest.mark.parametrize("kind", ["plain", "progressive", "orientation 6", "restart markers"])
def test_a_picture_cut_short_anywhere_gives_what_it_gives_with_pillow(kind: str, shape: ImageShape) -> None:
    content = jpeg(scene((90, 70)), **KINDS[kind])
    for length in [*range(0, 700, 7), *range(700, len(content), 97), *range(len(content) - 12, len(content))]:
        assert_alike(content[:length], shape)
    assert outcome(content[: len(content) // 2], shape) == "the file is cut short"


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what is odd in metadata
@pytest.mark.parametrize("kind", ["plain", "progressive", "orientation 6", "colour profile"])
def test_a_damaged_picture_gives_what_it_gives_with_pillow(kind: str) -> None:
    random = np.random.default_rng(0)
    whole = jpeg(scene((90, 70)), **KINDS[kind])
    for number in range(200):
        content = bytearray(whole)
        for place in random.integers(0, len(content) if number % 2 else 700, random.integers(1, 4)):
            content[place] = random.integers(0, 256)
        assert_alike(bytes(content), ImageShape(24, 3))


@pytest.mark.parametrize("size", [(640, 480), (1000, 1500), (200, 150)])
def test_a_reduced_picture_looks_like_one_decoded_whole(size: tuple[int, int]) -> None:
    """Beside all pixels decoded and shrunk by an antialiasing filter: within a grey level of 256 on average."""
    content = jpeg(scene(size), quality=88)
    side, (left, top) = min(size), [(length - min(size)) / 2 for length in size]
    with Image.open(io.BytesIO(content)) as image:
        whole = image.resize((64, 64), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    difference = np.abs(decode_image(io.BytesIO(content), ImageShape(64, 3)).astype(int) - np.asarray(whole))
    assert difference.mean() < 1
    assert difference.max() <= 8
