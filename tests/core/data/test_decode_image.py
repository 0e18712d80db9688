"""Decoding one image file: every kind, and every way for a file to be bad."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.patience import PATIENCE_S
from vae_explorer.core.data import decode_image as module
from vae_explorer.core.data.base import Images, ImageShape
from vae_explorer.core.data.decode_image import MAX_PIXELS, Unreadable, decode_file, decode_image

GREY = ImageShape(16, 1)
COLOUR = ImageShape(16, 3)


def encoded(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def decoded(image: Image.Image, kind: str = "PNG", shape: ImageShape = COLOUR, **options: object) -> Images:
    return decode_image(encoded(image, kind, **options), shape)


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header claims any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def is_read_or_refused(content: bytes) -> bool:
    """Whether a file gives pixels, or a reason why not; any other error passes through."""
    try:
        return decode_image(io.BytesIO(content), COLOUR).shape == (16, 16, 3)
    except Unreadable as error:
        return bool(error.reason)


def why(content: bytes, shape: ImageShape = GREY) -> str:
    with pytest.raises(Unreadable) as caught:
        decode_image(io.BytesIO(content), shape)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_every_format_gives_the_same_picture(kind: str, shape: ImageShape, photo: Image.Image) -> None:
    expected = decoded(photo, "PNG", shape).astype(int)
    assert np.abs(decoded(photo, kind, shape) - expected).mean() < 6


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_png_mode_gives_grey_and_colour(mode: str) -> None:
    image = Image.new("L", (16, 16), 255).convert(mode)
    assert (decoded(image, "PNG", GREY) == 255).all()
    assert (decoded(image, "PNG", COLOUR) == 255).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert np.abs(decoded(red, kind)[8, 8].astype(int) - [255, 0, 0]).max() < 12


def test_cmyk_becomes_grey() -> None:
    assert decoded(Image.new("CMYK", (16, 16), (0, 0, 0, 255)), "JPEG", GREY).max() < 8


@pytest.mark.parametrize("mode", ["YCbCr", "LAB"])
def test_other_colour_spaces_of_tiff_are_read_or_refused_but_never_fail(mode: str) -> None:
    assert is_read_or_refused(encoded(Image.new(mode, (16, 16)), "TIFF").getvalue())


def test_a_palette_keeps_its_colours() -> None:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    assert list(decoded(image)[3, 3]) == [10, 200, 30]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_transparent_colour_becomes_white(mode: str) -> None:
    image = Image.new(mode, (16, 16), 0)
    transparent = (0, 0, 0) if mode == "RGB" else 0
    assert (decoded(image, transparency=transparent) == 255).all()


def test_a_transparent_palette_becomes_white() -> None:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    assert (decoded(image, transparency=bytes([255, 0])) == 255).all()


def test_half_transparent_black_becomes_middle_grey() -> None:
    assert np.abs(decoded(Image.new("RGBA", (16, 16), (0, 0, 0, 128))).astype(int) - 127).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_use_the_full_range(kind: str) -> None:
    values = np.repeat(np.array([[0, 257 * 100, 257 * 255, 257 * 255]], np.uint16), 4, axis=0)
    pixels = decoded(Image.fromarray(values), kind, ImageShape(4, 1))
    assert pixels[0, :, 0].tolist() == [0, 100, 255, 255]


def test_16_bits_in_the_other_byte_order_are_the_same() -> None:
    values = np.full((4, 4), 257 * 100, np.uint16)
    image = Image.frombytes("I;16B", (4, 4), values.byteswap().tobytes())
    assert (decoded(image, "TIFF", ImageShape(4, 1)) == 100).all()


def test_floats_within_0_and_1_are_read() -> None:
    values = np.full((4, 4), 0.5, np.float32)
    assert (decoded(Image.fromarray(values), "TIFF", ImageShape(4, 1)) == 128).all()


@pytest.mark.parametrize("value", [-0.1, 1.5, 1000.0, np.nan, np.inf])
def test_other_floats_are_refused(value: float) -> None:
    values = np.full((4, 4), 0.5, np.float32)
    values[2, 2] = value
    assert "not all within 0 and 1" in why(encoded(Image.fromarray(values), "TIFF").getvalue())


def test_32_bit_integers_are_refused() -> None:
    image = Image.fromarray(np.full((4, 4), 70_000, np.int32))
    assert "32-bit integers" in why(encoded(image, "TIFF").getvalue())


def test_a_gif_gives_its_first_frame() -> None:
    frames = [Image.new("L", (16, 16), value) for value in (50, 150, 250)]
    file = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decode_image(file, GREY) == 50).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_exif_orientation_is_applied(orientation: int, kind: str, fit: str, photo: Image.Image) -> None:
    shape = ImageShape(24, 3, fit)  # type: ignore[arg-type]
    stored = photo.transpose(INVERSE[orientation]) if orientation > 1 else photo
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    upright = decoded(stored, kind, shape, exif=exif, **options)
    assert np.abs(upright.astype(int) - decoded(photo, "PNG", shape)).mean() < 4


INVERSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How to store a picture so that a viewer that heeds the orientation shows it upright."""


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0junk", b"Exif\0\0"])
def test_damaged_exif_does_not_lose_the_picture(exif: bytes, photo: Image.Image) -> None:
    assert decoded(photo, "JPEG", exif=exif).shape == (16, 16, 3)


def test_a_large_jpeg_decoded_at_a_fraction_looks_the_same(photo: Image.Image) -> None:
    large = photo.resize((960, 800), Image.Resampling.BICUBIC)
    whole = decoded(large, "PNG").astype(int)
    assert np.abs(decoded(large, "JPEG", quality=95) - whole).mean() < 2
    assert np.abs(decoded(large, "JPEG", GREY, quality=95) - decoded(large, "PNG", GREY).astype(int)).mean() < 2


def test_a_1x1_image_is_enlarged() -> None:
    assert (decoded(Image.new("L", (1, 1), 77), "PNG", GREY) == 77).all()


def test_an_empty_file_says_so() -> None:
    assert why(b"") == "the file is empty"


def test_another_kind_of_file_says_so() -> None:
    assert why(b"Dear diary, this is no image at all") == "not an image, or of a kind that isn't read here"


def test_a_format_that_could_run_programs_is_not_opened() -> None:
    assert (
        why(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") == "not an image, or of a kind that isn't read here"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_file_cut_short_is_damaged(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    content = encoded(noise, kind).getvalue()
    reason = why(content[: int(len(content) * share)])
    assert "cut short" in reason or "damaged" in reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_whatever_is_in_a_file_it_is_read_or_refused(kind: str, photo: Image.Image) -> None:
    random = np.random.default_rng(1)
    whole = encoded(photo, kind).getvalue()
    for _ in range(150):
        content = bytearray(whole)
        for position in random.integers(0, min(len(content), 400), 4):
            content[position] = random.integers(0, 256)
        assert is_read_or_refused(bytes(content))


@pytest.mark.parametrize("side", [14_000, 30_000, 2**31 - 1])
def test_a_bomb_is_refused_by_its_header(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        pytest.fail("a bomb was decoded")

    monkeypatch.setattr(Image.Image, "load", never)
    assert why(png(side, side)) == "larger than 178 megapixels"


def test_the_limit_is_ours_whatever_pillow_is_set_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    monkeypatch.setattr(module, "MAX_PIXELS", 99)
    assert "larger" in why(encoded(Image.new("L", (10, 10)), "PNG").getvalue())


def test_a_png_that_holds_less_than_it_claims_is_refused() -> None:
    assert "cut short" in why(png(100, 100, b"\0" * 50))


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no longer there") as caught:
        decode_file(tmp_path / "gone.png", GREY)
    assert not caught.value.lasting


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "not permitted"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (OSError(40, "Too many levels of symbolic links"), "leads back to itself"),
    ],
)
def test_what_the_file_system_refuses_may_pass(error: OSError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unreadable, match=reason) as caught:
        decode_file(Path("x.png"), GREY)
    assert not caught.value.lasting


def test_a_disk_error_while_decoding_may_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(_: Image.Image) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "a.bmp"
    Image.new("L", (4, 4)).save(path)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(Unreadable, match="Input/output error") as caught:
        decode_file(path, GREY)
    assert not caught.value.lasting


def test_no_memory_for_an_image_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Image.Image) -> None:
        raise MemoryError

    file = encoded(Image.new("L", (4, 4)), "BMP")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(Unreadable, match="memory") as caught:
        decode_image(file, GREY)
    assert not caught.value.lasting


def test_large_images_are_decoded_one_after_another() -> None:
    budget = module._PixelBudget(MAX_PIXELS)
    holding, entered = threading.Event(), threading.Event()

    def second() -> None:
        holding.set()
        with budget.hold(1):
            entered.set()

    with budget.hold(MAX_PIXELS):
        thread = threading.Thread(target=second)
        thread.start()
        assert holding.wait(PATIENCE_S)
        assert not entered.is_set()
    assert entered.wait(PATIENCE_S)
    thread.join(PATIENCE_S)
