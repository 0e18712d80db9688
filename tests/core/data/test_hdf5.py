"""HDF5 files as a source."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from vae_explorer.core.data import arrays, pieces
from vae_explorer.core.data.base import (
    Cancelled,
    Factor,
    Images,
    ImageShape,
    Suggestion,
    ignore_progress,
    read_images,
    source_of,
    suggest,
)
from vae_explorer.core.errors import UserError

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write an HDF5 file: `make(images=…, **{"latents/classes": …})`."""

    def make_file(name: str = "a.h5", **datasets: Any) -> Path:
        with h5py.File(tmp_path / name, "w") as file:
            for key, value in datasets.items():
                file[key] = value
        return tmp_path / name

    return make_file


def error_of(spec: object) -> str:
    with pytest.raises(UserError) as caught:
        read_images(str(spec))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize("name", ["a.h5", "A.HDF5", "a.he5"])
def test_a_file_with_images_and_labels(make: Make, grey: Images, name: str) -> None:
    path = make(name, images=grey, labels=np.array([7, 7, 3, 10, 3]))
    images = read_images(str(path))
    assert np.array_equal(images.images[..., 0], grey)
    assert not np.asarray(images.images).flags.writeable
    assert (images.source, images.title, images.shape) == (str(path), name, ImageShape(12, 1))
    assert images.label_names == ("3", "7", "10")
    assert suggest(str(path)) == Suggestion(ImageShape(12, 1), 5)


def test_the_only_images_need_no_name(make: Make, grey: Images) -> None:
    path = make(**{"group/pictures": grey, "group/y": [b"b", b"a", b"a", b"b", b"a"], "weights": np.zeros(3)})
    images = read_images(str(path))
    assert np.array_equal(images.images[..., 0], grey)
    assert images.label_names == ("a", "b")


def test_words_of_any_length_are_labels(make: Make, grey: Images) -> None:
    assert read_images(str(make(x=grey, y=["cat", "ñandú", "cat", "dog", "dog"]))).label_names == (
        "cat",
        "dog",
        "ñandú",
    )


def test_one_of_several_is_chosen_by_name(make: Make, grey: Images) -> None:
    path = make(**{"train/images": grey, "test/images": grey[:2], "test/labels": [4, 9], "train/labels": np.arange(5)})
    assert "it holds several sets of images, test/images, train/images: choose one by its name, as in a.h5:test" in (
        error_of(path)
    )
    spec = f"{path}:test/images"
    images = read_images(spec)
    assert np.array_equal(images.images[..., 0], grey[:2])
    assert images.label_names == ("4", "9")
    assert (images.source, images.title) == (spec, "a.h5:test/images")
    assert suggest(spec).count == 2
    assert source_of(spec).name == "array"
    assert "it holds no “nothing”, only test/images" in error_of(f"{path}:nothing")


def test_a_file_whose_name_looks_like_a_choice(make: Make, grey: Images) -> None:
    path = make("a.h5:b.h5", images=grey)
    assert len(read_images(str(path))) == 5


def test_factors_and_their_names(make: Make, grey: Images) -> None:
    images = read_images(str(make(images=grey, factors=np.eye(5)[:, :2], factor_names=["yaw", "light"])))
    assert images.factors is not None
    assert [factor.name for factor in images.factors.factors] == ["yaw", "light"]


def test_the_layout_of_dsprites(make: Make) -> None:
    classes = np.array([[0, shape, scale, 0, 0, 0] for shape in range(3) for scale in range(2)])
    pixels = np.zeros((6, 64, 64), np.uint8)
    pixels[:, 10:20] = 1
    images = read_images(str(make(**{"imgs": pixels, "latents/classes": classes, "latents/values": classes / 2})))
    assert images.images[0, 12, 0, 0] == 255
    assert images.factors is not None
    assert images.factors.factors == (Factor("shape", 3), Factor("scale", 2))


def test_the_layout_of_3d_shapes(make: Make) -> None:
    pixels = np.full((60, 8, 8, 3), 9, np.uint8)
    images = read_images(str(make(images=pixels, labels=np.random.default_rng(0).random((60, 6)))))
    assert images.labels is None
    assert images.factors is not None
    assert images.factors.values.shape == (60, 6)


@pytest.mark.parametrize("settings", [{}, {"chunks": (2, 12, 12), "compression": "gzip", "shuffle": True}])
def test_images_are_read_in_pieces(
    tmp_path: Path, grey: Images, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("images", data=grey / np.float32(255), **settings)
    asked: list[int] = []
    read = h5py.Dataset.__getitem__

    def noting(self: h5py.Dataset, rows: slice, **more: Any) -> Any:
        asked.append(rows.stop - rows.start)
        return read(self, rows, **more)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", noting)
    monkeypatch.setattr(arrays, "_PIECE_VALUES", 2 * 144)
    assert np.array_equal(read_images(str(tmp_path / "a.h5")).images[..., 0], grey)
    assert max(asked) == 2


def test_many_images_are_kept_for_the_next_time_until_the_file_changes(
    make: Make, grey: Images, cache_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "MEMORY_LIMIT", 100)
    first, again = (read_images(str(make(images=pixels))).images for pixels in (grey, 255 - grey))
    assert np.array_equal(again[..., 0], 255 - grey)
    assert np.array_equal(first[..., 0], grey)
    assert len(list(cache_home.rglob("*.npy"))) == 1


def test_reading_can_be_cancelled(make: Make, grey: Images) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        read_images(str(make(images=grey)), None, ignore_progress, cancel)


@pytest.mark.parametrize(
    ("datasets", "words"),
    [
        ({}, "it holds no images, only nothing"),
        ({f"w{number}": np.zeros(3) for number in range(9)}, "only w0, w1, w2, w3, w4, …"),
        ({"images": np.zeros((2, 4, 4), np.complex64)}, "complex64 numbers"),
        ({"images": np.full((2, 4, 4), np.nan)}, "not finite"),
        ({"images": np.zeros((0, 4, 4))}, "it holds no images"),
        ({"x": np.zeros((2, 5, 5, 2), np.uint8)}, "its shape, 2×5×5×2"),
        ({"x": np.ones((2, 4, 4)), "y": np.arange(3)}, "its y are not one for each of 2 images"),
        ({"x": np.ones((2, 4, 4)), "factors": np.zeros((3, 2))}, "its factors are not one for each of 2 images"),
        ({"x": np.ones((2, 4, 4)), "factors": np.zeros((2, 2)), "factor_names": ["a"]}, "it names 1 factors but"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make: Make, datasets: dict[str, Any], words: str) -> None:
    path = make(**datasets)
    message = error_of(path)
    assert words in message
    assert f"“{path}”" in message


@pytest.mark.parametrize("content", [b"", b"not HDF5 at all", b"\x89HDF\r\n\x1a\n"])
def test_other_files_are_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    assert "it is no HDF5 file, or damaged or cut short" in error_of(tmp_path / "a.h5")
    assert error_of(tmp_path / "gone.h5") == f"There is no file “{tmp_path}/gone.h5”."


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused_in_words(make: Make, grey: Images, share: float) -> None:
    path = make(images=grey)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "can't be read" in error_of(path)


def test_damaged_pixels_are_refused_in_words(tmp_path: Path, grey: Images) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        chunk = file.create_dataset("images", data=grey, chunks=grey.shape, compression="gzip").id.get_chunk_info(0)
    content = bytearray((tmp_path / "a.h5").read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    (tmp_path / "a.h5").write_bytes(content)
    assert "damaged" in error_of(tmp_path / "a.h5")


def test_nothing_is_read_from_other_files(make: Make, tmp_path: Path, grey: Images) -> None:
    secret = make("secret.h5", images=grey)
    (tmp_path / "raw").write_bytes(grey.tobytes())
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["images"] = h5py.ExternalLink(str(secret), "images")
        file["linked"] = h5py.SoftLink("/images")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout(grey.shape, np.uint8)
        layout[:] = h5py.VirtualSource(str(secret), "images", grey.shape)
        file.create_virtual_dataset("images", layout)
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file.create_dataset("images", grey.shape, np.uint8, external=[(str(tmp_path / "raw"), 0, grey.nbytes)])
    assert "it holds no images, only nothing" in error_of(tmp_path / "link.h5")
    for name in ("images", "linked"):
        assert f"it holds no “{name}”" in error_of(f"{tmp_path}/link.h5:{name}")
    assert "its numbers lie in other files" in error_of(tmp_path / "virtual.h5")
    assert "its numbers lie in other files" in error_of(tmp_path / "external.h5")


def test_plug_ins_are_not_called(tmp_path: Path, grey: Images) -> None:
    """A filter that isn't HDF5's own makes the library look for code to load."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk(grey.shape)
        settings.set_filter(307, h5py.h5z.FLAG_OPTIONAL, ())  # bzip2
        space = h5py.h5s.create_simple(grey.shape)
        h5py.h5d.create(file.id, b"images", h5py.h5t.NATIVE_UINT8, space, settings)
    assert "it is compressed by a plug-in" in error_of(tmp_path / "a.h5")


def test_a_size_that_the_file_does_not_hold_allocates_nothing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("images", (2**40, 28, 28), np.uint8, chunks=(1, 28, 28))
    assert "nothing was ever written" in error_of(tmp_path / "a.h5")


def test_what_lies_beside_the_images_that_are_taken_is_told(make: Make, grey: Images) -> None:
    path = make(images=grey, masks=grey)
    assert read_images(str(path)).note == "“a.h5” holds more than the images “images”: a.h5:NAME reads others (masks)."
    assert not read_images(f"{path}:masks").note
