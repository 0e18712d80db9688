"""Array files as a source: .npy, .npz and idx."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.data.saving import error_of, saved
from vae_explorer.core.data import array_files
from vae_explorer.core.data.array_files import is_array_name
from vae_explorer.core.data.base import (
    Cancelled,
    Images,
    ImageShape,
    Progress,
    Suggestion,
    read_images,
    source_of,
    suggest,
)
from vae_explorer.core.errors import UserError


@pytest.fixture
def colour() -> Images:
    return np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3), np.uint8)


def idx(array: NDArray[np.uint8], shape: tuple[int, ...] | None = None, code: int = 8) -> bytes:
    shape = shape or array.shape
    return struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape) + array.tobytes()


def npy(array: NDArray[Any], shape: tuple[int, ...] | None = None) -> bytes:
    """An .npy, whose header may claim another shape."""
    file = io.BytesIO()
    header = np.lib.format.header_data_from_array_1_0(array) | {"shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + array.tobytes()


def test_an_npy_of_grey_images(tmp_path: Path, grey: Images) -> None:
    path = saved(tmp_path, grey)
    images = read_images(str(path))
    assert np.array_equal(images.images, grey[..., None])
    assert images.shape == ImageShape(12, 1)
    assert (images.source, images.title) == (str(path), "a.npy")
    assert images.paths == ("image 0", "image 1", "image 2", "image 3", "image 4")
    assert images.labels is None
    assert not np.asarray(images.images).flags.writeable
    assert suggest(str(path)) == Suggestion(ImageShape(12, 1), 5)


@pytest.mark.parametrize("order", ["C", "F"])
def test_channels_may_come_last_or_first(tmp_path: Path, colour: Images, order: Any) -> None:
    for array in (colour, colour.transpose(0, 3, 1, 2)):
        images = read_images(str(saved(tmp_path, np.array(array, order=order)))).images
        assert np.array_equal(images, colour)
        assert np.asarray(images).flags.c_contiguous


@pytest.mark.parametrize("shape", [(5, 1, 12, 12), (5, 12, 12, 1)])
def test_one_channel_may_come_last_or_first(tmp_path: Path, grey: Images, shape: tuple[int, ...]) -> None:
    assert np.array_equal(read_images(str(saved(tmp_path, grey.reshape(shape)))).images[..., 0], grey)


def test_four_channels_are_colour_on_white(tmp_path: Path) -> None:
    array = np.zeros((2, 9, 9, 4), np.uint8)
    array[1, ..., 3] = 255
    images = read_images(str(saved(tmp_path, array)))
    assert images.shape == ImageShape(9, 3)
    assert np.asarray(images.images).mean(axis=(1, 2, 3)).tolist() == [255, 0]


def test_another_shape_is_converted_to(tmp_path: Path, colour: Images) -> None:
    images = read_images(str(saved(tmp_path, colour)), ImageShape(6, 1))
    assert images.images.shape == (5, 6, 6, 1)
    assert np.allclose(np.asarray(images.images).mean(axis=(1, 2, 3)), colour.mean(axis=(1, 2, 3)), atol=15)


@pytest.mark.parametrize(("shape", "size"), [((3, 28, 28), 28), ((3, 300, 300), 64), ((3, 40, 30), 28)])
def test_a_size_is_suggested(tmp_path: Path, shape: tuple[int, ...], size: int) -> None:
    assert suggest(str(saved(tmp_path, np.zeros(shape, np.uint8)))).shape.size == size


@pytest.mark.parametrize("names", [("images", "labels"), ("x", "y"), ("X", "Y"), ("imgs", "labels"), ("arr_0", "y")])
def test_an_npz_with_labels(tmp_path: Path, grey: Images, names: tuple[str, str]) -> None:
    arrays: dict[str, Any] = {names[1]: np.array([7, 7, 3, 10, 3]), names[0]: grey}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    images = read_images(str(tmp_path / "a.npz"))
    assert np.array_equal(images.images[..., 0], grey)
    assert images.label_names == ("3", "7", "10")
    assert images.labels is not None
    assert images.labels.dtype == np.int64
    assert images.labels.tolist() == [1, 1, 0, 2, 0]


def test_an_npz_beside_objects_is_read_without_unpickling_them(tmp_path: Path, grey: Images) -> None:
    np.savez(tmp_path / "a.npz", metadata=np.array({"a": 1}, object), other=np.arange(3), pictures=grey)
    assert np.array_equal(read_images(str(tmp_path / "a.npz")).images[..., 0], grey)


def test_of_several_arrays_in_an_npz_the_one_with_most_images_is_read(tmp_path: Path, grey: Images) -> None:
    np.savez(tmp_path / "a.npz", x_test=grey[:2], y_test=np.arange(2), x_train=grey, y_train=np.arange(len(grey)))
    assert np.array_equal(read_images(str(tmp_path / "a.npz")).images[..., 0], grey)


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte", "train-images.idx3-ubyte", "digits.idx"])
@pytest.mark.parametrize("packed", [True, False])
def test_idx_files(tmp_path: Path, grey: Images, name: str, *, packed: bool) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(idx(grey)) if packed else idx(grey))
    images = read_images(str(path))
    assert np.array_equal(images.images[..., 0], grey)
    assert images.labels is None


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("label_suffix", ["", ".gz"])
def test_idx_labels_lie_beside(tmp_path: Path, grey: Images, suffix: str, label_suffix: str) -> None:
    pack: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress}
    path = tmp_path / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(pack[suffix](idx(grey)))
    labels = np.array([4, 0, 9, 4, 0], np.uint8)
    (tmp_path / f"train-labels-idx1-ubyte{label_suffix}").write_bytes(pack[label_suffix](idx(labels)))
    images = read_images(str(path))
    assert images.label_names == ("0", "4", "9")
    assert images.labels is not None
    assert images.labels.tolist() == [1, 0, 2, 1, 0]


def test_a_damaged_labels_file_is_refused_by_its_own_name(tmp_path: Path, grey: Images) -> None:
    (tmp_path / "a-images-idx3-ubyte").write_bytes(idx(grey))
    labels = tmp_path / "a-labels-idx1-ubyte"
    labels.write_bytes(b"\0\0")
    with pytest.raises(UserError, match="a-labels-idx1-ubyte"):
        read_images(str(tmp_path / "a-images-idx3-ubyte"))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([{"a": 1}], object), "Python objects"),
        (np.zeros((4, 4), np.uint8), "its shape, 4×4, is neither"),
        (np.zeros((2, 5, 5, 2), np.uint8), "its shape, 2×5×5×2, is neither"),
        (np.zeros((2, 2, 4, 4, 3), np.uint8), "is neither"),
        (np.zeros((0, 8, 8), np.uint8), "it holds no images"),
        (np.zeros((3, 0, 8), np.uint8), "it holds no images"),
        (np.array(3, np.uint8), "is neither"),
        (np.zeros((2, 4, 4), np.complex64), "it holds complex64 numbers"),
        (np.full((2, 4, 4), "a"), "numbers; images are bytes"),
        (np.zeros((2, 4, 4), [("r", "u1"), ("g", "u1")]), "numbers; images are bytes"),
        (np.linspace(-1, 1, 32).reshape(2, 4, 4), "begin at -1, where images are within 0 and 1"),
        (np.full((2, 4, 4), -1, np.int8), "begin at -1"),
        (np.linspace(0, 255, 32).reshape(2, 4, 4), "reach 255, and which of them is white isn't clear; divide"),
        (np.full((2, 4, 4), 1.001), "which of them is white isn't clear"),
        (np.full((2, 4, 4), 256, np.int64), "reach 256, and which of them is white"),
        (np.full((2, 4, 4), 4095, np.uint16), "reach 4095, and which of them is white"),
        (np.full((2, 4, 4), 65536, np.int32), "reach 65536, and which of them is white"),
        (np.full((2, 4, 4), np.nan), "not finite (NaN or infinity)"),
        (np.array([0.5] * 31 + [np.nan]).reshape(2, 4, 4), "not finite"),
        (np.full((2, 4, 4), np.inf), "not finite"),
        (np.full((2, 4, 4), -np.inf), "not finite"),
    ],
)
def test_other_arrays_are_refused_in_words(tmp_path: Path, array: NDArray[Any], words: str) -> None:
    np.save(tmp_path / "a.npy", array)
    assert words in error_of(tmp_path / "a.npy")
    np.savez(tmp_path / "b.npz", images=array)
    assert words in error_of(tmp_path / "b.npz")


class Malicious:
    """Would leave a mark when unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("unpickled"),)


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    array = np.array([[[Malicious()]]], object)
    np.save("a.npy", array, allow_pickle=True)
    np.savez("b.npz", images=array, labels=array)
    Path("c.npy").write_bytes(pickle.dumps(Malicious()))
    Path("d.npz").write_bytes(pickle.dumps(Malicious()))
    for name in ("a.npy", "b.npz", "c.npy", "d.npz"):
        error_of(tmp_path / name)
    assert not Path("unpickled").exists()


@pytest.mark.parametrize("shape", [(2**40, 28, 28), (2**62, 2**62, 2**62), (10**9, 1, 1), (6, 12, 12)])
def test_a_size_that_the_file_does_not_hold_allocates_nothing(
    tmp_path: Path, grey: Images, shape: tuple[int, ...]
) -> None:
    lies = {"a.npy": npy(grey, shape)}
    if max(shape) < 2**32:
        lies |= {"a-idx3-ubyte": idx(grey, shape), "b-idx3-ubyte.gz": gzip.compress(idx(grey, shape))}
    with zipfile.ZipFile(tmp_path / "c.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", npy(grey, shape))
    for name, content in lies.items():
        (tmp_path / name).write_bytes(content)
    for name in (*lies, "c.npz"):
        message = error_of(tmp_path / name)
        assert "cut short" in message or "GB unpacked" in message


def test_what_would_not_fit_into_memory_unpacked_is_refused(
    tmp_path: Path, grey: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=grey)
    monkeypatch.setattr(array_files, "UNPACKED_LIMIT", grey.nbytes - 1)
    assert "store it as .npy" in error_of(tmp_path / "a.npz")


@pytest.mark.parametrize("share", [0, 0.001, 0.02, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a-idx3-ubyte", "a-idx3-ubyte.gz"])
def test_truncated_files_are_refused_in_words(tmp_path: Path, grey: Images, name: str, share: float) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, images=grey)
    whole = {
        "a.npy": npy(grey),
        "a.npz": content.getvalue(),
        "a-idx3-ubyte": idx(grey),
        "a-idx3-ubyte.gz": gzip.compress(idx(grey)),
    }[name]
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    assert "can't be read" in error_of(tmp_path / name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a-idx3-ubyte", "a-idx3-ubyte.gz"])
def test_damaged_files_are_read_or_refused_in_words(tmp_path: Path, grey: Images, name: str) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, images=grey, labels=np.arange(5))
    whole = {
        "a.npy": npy(grey),
        "a.npz": content.getvalue(),
        "a-idx3-ubyte": idx(grey),
        "a-idx3-ubyte.gz": gzip.compress(idx(grey)),
    }[name]
    random = np.random.default_rng(2)
    for _ in range(300):
        spoiled = bytearray(whole)
        for position in random.integers(0, len(spoiled) if name == "a.npz" else 90, 2):
            spoiled[position] = random.integers(0, 256)
        (tmp_path / name).write_bytes(spoiled)
        try:
            read_images(str(tmp_path / name))
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017  # either way is fine; nothing else may be raised


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.npz", b"PK\x05\x06" + bytes(18), "it holds no images, only nothing"),
        ("a.npy", b"\x93NUMPY\x09\x00", "version"),
        ("a-idx3-ubyte", b"\x01\x02\x08\x03" + bytes(12), "not in the idx format"),
        ("a-idx3-ubyte", b"\x00\x00\x0d\x03" + bytes(12), "other numbers than bytes"),
        ("a-idx3-ubyte.gz", b"not gzip at all", "not compressed with gzip"),
    ],
)
def test_other_contents_are_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in error_of(tmp_path / name)


def test_an_npz_without_images_says_what_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=np.zeros(3), bias=np.zeros(1))
    assert "only weights, bias" in error_of(tmp_path / "a.npz")


def test_a_file_that_is_missing_or_forbidden_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert error_of(tmp_path / "gone.npy") == f"There is no file “{tmp_path}/gone.npy”."

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    np.save(tmp_path / "a.npy", np.zeros((2, 8, 8), np.uint8))
    monkeypatch.setattr(Path, "open", refuse)
    assert error_of(tmp_path / "a.npy").startswith("You are not permitted")


def test_reading_floats_can_be_cancelled(tmp_path: Path) -> None:
    path = saved(tmp_path, np.zeros((2, 2048, 2048), np.float16))
    cancel = threading.Event()
    reports: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        reports.append(progress)
        cancel.set()

    with pytest.raises(Cancelled):
        read_images(str(path), None, on_progress, cancel)
    assert reports == [Progress(0, 2)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.npy", True),
        ("A.NPZ", True),
        ("train-images-idx3-ubyte", True),
        ("train-images-idx3-ubyte.gz", True),
        ("train-images.idx3-ubyte", True),
        ("digits.idx.gz", True),
        ("a.h5", True),
        ("A.HDF5", True),
        ("a.he5", True),
        ("pictures", False),
        ("a.h5x", False),
        ("a.npy.txt", False),
        ("a.gz", False),
        ("suffidx", False),
    ],
)
def test_array_files_are_known_by_their_names(name: str, *, expected: bool, tmp_path: Path) -> None:
    assert is_array_name(name) is expected
    if expected:
        assert source_of(str(tmp_path / name)).name == "array"


def test_one_of_several_in_an_npz_is_chosen_by_name_and_the_choice_is_told_where_there_was_none(
    tmp_path: Path, grey: Images
) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_test=grey[:2], x_train=grey, y=np.arange(len(grey)))
    unsaid, chosen, train = (read_images(f"{path}{name}") for name in ("", ":x_test", ":x_train"))
    assert unsaid.note == "“a.npz” holds more than the images “x_train”: a.npz:NAME reads others (x_test)."
    assert np.array_equal(chosen.images[..., 0], grey[:2])
    assert (chosen.source, chosen.title, chosen.note) == (f"{path}:x_test", "a.npz:x_test", "")
    assert chosen.labels is None  # they are those of the others
    assert train.labels is not None
    assert "it holds no “z”, only x_test, x_train, y" in error_of_spec(f"{path}:z")
    assert "neither N×H×W" in error_of_spec(f"{path}:y")


def test_a_stream_of_an_array_file_is_no_array_file(tmp_path: Path) -> None:
    assert source_of(f"hf:{tmp_path / 'a.npz'}").name == "hugging-face"


def error_of_spec(spec: str) -> str:
    with pytest.raises(UserError) as caught:
        read_images(spec)
    return str(caught.value)
