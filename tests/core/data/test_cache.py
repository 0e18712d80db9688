"""The image cache: what is read again and what is not, and what can go wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vae_explorer.core.data import cache_filling, decode_files
from vae_explorer.core.data.base import Cancelled, Images, ImageSet, ImageShape, Progress, read_images
from vae_explorer.core.data.cache import cache_folder, cache_home
from vae_explorer.core.data.decode_image import decode_file
from vae_explorer.core.data.image_rows import FileRows
from vae_explorer.core.errors import UserError

Save = Callable[..., Path]
SHAPE = ImageShape(8, 1)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were decoded, in order; clear it between openings."""
    names: list[str] = []

    def noted(path: Path, shape: ImageShape) -> Images:
        names.append(path.name)
        return decode_file(path, shape)

    monkeypatch.setattr(decode_files, "decode_file", noted)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    return names


def read(folder: Path) -> ImageSet:
    return read_images(str(folder), SHAPE)


def means(images: ImageSet) -> list[int]:
    return [round(float(image.mean())) for image in images.images]


def cached_files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in cache_folder(folder, SHAPE).iterdir())


def test_a_second_opening_decodes_nothing_and_is_the_same(folder: Path, save: Save, decoded: list[str]) -> None:
    save("a/1.png", 10)
    save("b/2.png", 20)
    (folder / "bad.png").touch()
    first = read(folder)
    assert decoded == ["1.png", "2.png", "bad.png"]
    second = read(folder)
    assert decoded == ["1.png", "2.png", "bad.png"]
    assert np.array_equal(first.images, second.images)
    assert (first.paths, first.skipped, first.label_names) == (second.paths, second.skipped, second.label_names)
    assert not np.asarray(second.images).flags.writeable


def test_each_shape_has_its_own_cache(folder: Path, save: Save) -> None:
    save("a.png", size=(20, 10))
    shapes = [ImageShape(8, 1), ImageShape(8, 3), ImageShape(9, 1), ImageShape(8, 1, "pad")]
    assert len({cache_folder(folder, shape) for shape in shapes}) == 4
    assert [read_images(str(folder), shape).images.shape for shape in shapes[:3]] == [
        (1, 8, 8, 1),
        (1, 8, 8, 3),
        (1, 9, 9, 1),
    ]


def test_only_what_changed_is_decoded(folder: Path, save: Save, decoded: list[str]) -> None:
    for number in range(1, 7):
        save(f"{number}.png", number)
    read(folder)
    decoded.clear()
    save("0.png", 100)  # new, before the others
    save("3.png", 103, size=(17, 17))  # changed
    (folder / "5.png").unlink()  # gone
    save("7.png", 107)  # new, after the others
    images = read(folder)
    assert decoded == ["0.png", "3.png", "7.png"]
    assert means(images) == [100, 1, 2, 103, 4, 6, 107]
    assert images.paths == ("0.png", "1.png", "2.png", "3.png", "4.png", "6.png", "7.png")
    decoded.clear()
    assert means(read(folder)) == means(images)
    assert decoded == []


@pytest.mark.parametrize("seed", range(8))
def test_after_any_changes_the_images_are_those_of_the_files(folder: Path, save: Save, seed: int) -> None:
    random = np.random.default_rng(seed)
    names = [f"{folder}{number}.png" for folder in ("", "a/", "a.b/") for number in range(5)]
    values: dict[str, int] = {}
    for opening in range(6):
        for name in random.choice(names, random.integers(0, 6), replace=False):
            if name in values and random.random() < 0.5:
                (folder / name).unlink()
                del values[name]
            else:
                values[name] = int(random.integers(0, 256))
                os.utime(save(name, values[name]), ns=(0, int(random.integers(1, 2**60))))
        broken = folder / f"broken {random.integers(0, 3)}.png"
        broken.write_bytes(b"x" * int(random.integers(0, 3)))
        if not values:
            continue
        images = read(folder)
        assert dict(zip(images.paths, means(images), strict=True)) == values, f"opening {opening}"
        assert {skipped.path for skipped in images.skipped} == {path.name for path in folder.glob("broken*")}


@pytest.mark.parametrize("kept", [[0, 1], [1, 2], [0, 2], [2], [0, 1, 2]])
def test_removing_files_needs_no_decoding(folder: Path, save: Save, decoded: list[str], kept: list[int]) -> None:
    for number in range(3):
        save(f"{number}.png", number)
    read(folder)
    decoded.clear()
    for number in {0, 1, 2} - set(kept):
        (folder / f"{number}.png").unlink()
    assert means(read(folder)) == kept
    assert decoded == []


def test_a_file_of_the_same_size_and_another_time_is_decoded_again(folder: Path, save: Save) -> None:
    path = save("a.png", 10)
    read(folder)
    size = path.stat().st_size
    save("a.png", 20)
    os.utime(path, ns=(0, 1))
    assert path.stat().st_size == size
    assert means(read(folder)) == [20]


def test_an_earlier_image_set_stays_as_it_was(folder: Path, save: Save) -> None:
    save("a.png", 10)
    save("b.png", 20)
    first = read(folder)
    save("a.png", 99, size=(17, 17))
    second = read(folder)
    (folder / "b.png").unlink()
    third = read(folder)
    assert [means(images) for images in (first, second, third)] == [[10, 20], [99, 20], [99]]


def test_replaced_files_do_not_pile_up(folder: Path, save: Save) -> None:
    for number in range(4):
        save(f"{number}.png", number)
        read(folder)
    assert cached_files(folder) == [".json", ".npy"]


def test_what_a_crash_left_is_removed_once_it_is_old(folder: Path, save: Save) -> None:
    save("a.png")
    read(folder)
    home = cache_folder(folder, SHAPE)
    for name, age in (("images-old.npy", 10**6), ("manifest.json.1.part", 10**6), ("images-young.npy", 0)):
        (home / name).touch()
        then = (home / name).stat().st_mtime - age
        os.utime(home / name, (then, then))
    save("b.png")
    read(folder)
    names = {path.name for path in home.iterdir()}
    assert "images-young.npy" in names
    assert not names & {"images-old.npy", "manifest.json.1.part"}


def spoil_images(home: Path, spoil: Callable[[bytes], bytes]) -> None:
    (path,) = home.glob("images-*.npy")
    path.write_bytes(spoil(path.read_bytes()))


def spoil_manifest(home: Path, **changes: object) -> None:
    path = home / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


BROKEN: dict[str, Callable[[Path], object]] = {
    "images cut short": lambda home: spoil_images(home, lambda content: content[:-1]),
    "images empty": lambda home: spoil_images(home, lambda _: b""),
    "images not an array": lambda home: spoil_images(home, lambda content: b"x" * len(content)),
    "images of another shape": lambda home: spoil_images(home, lambda content: content.replace(b"(2, 8", b"(1, 8")),
    "images gone": lambda home: next(home.glob("images-*.npy")).unlink(),
    "manifest cut short": lambda home: (home / "manifest.json").write_bytes(b'{"version": 1, "paths": ['),
    "manifest not text": lambda home: (home / "manifest.json").write_bytes(b"\xff\0\xfe"),
    "manifest a list": lambda home: (home / "manifest.json").write_text("[1, 2]"),
    "manifest a number": lambda home: (home / "manifest.json").write_text("1"),
    "manifest endless": lambda home: (home / "manifest.json").write_text("[" * 100_000),
    "manifest gone": lambda home: (home / "manifest.json").unlink(),
    "another version": lambda home: spoil_manifest(home, version=0),
    "another source": lambda home: spoil_manifest(home, source="/elsewhere"),
    "another shape": lambda home: spoil_manifest(home, shape={"size": 9, "channels": 1, "fit": "crop"}),
    "unknown shape": lambda home: spoil_manifest(home, shape={"side": 9}),
    "columns that don't fit": lambda home: spoil_manifest(home, sizes=[1]),
    "too few reasons": lambda home: spoil_manifest(home, reasons=[None]),
    "reasons of another kind": lambda home: spoil_manifest(home, reasons=[None, 3]),
    "paths of no text": lambda home: spoil_manifest(home, paths=[1, 2]),
    "no columns": lambda home: spoil_manifest(home, paths=None),
    "no image file": lambda home: spoil_manifest(home, image_file=""),
    "image file elsewhere": lambda home: spoil_manifest(home, image_file="../../x.npy"),
    "image file of no text": lambda home: spoil_manifest(home, image_file=None),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_cache_is_made_anew_without_a_word(how: str, folder: Path, save: Save, decoded: list[str]) -> None:
    save("a.png", 10)
    save("b.png", 20)
    read(folder)
    BROKEN[how](cache_folder(folder, SHAPE))
    decoded.clear()
    assert means(read(folder)) == [10, 20]
    assert decoded == ["a.png", "b.png"]
    decoded.clear()
    assert means(read(folder)) == [10, 20]
    assert decoded == []


def cancel_after(count: int) -> tuple[Callable[[Progress], None], threading.Event]:
    cancel = threading.Event()

    def on_progress(progress: Progress) -> None:
        if progress.done >= count:
            cancel.set()

    return on_progress, cancel


def test_cancelling_keeps_what_was_decoded(folder: Path, save: Save, decoded: list[str]) -> None:
    for number in range(300):
        save(f"{number:03}.png", number % 256)
    with pytest.raises(Cancelled):
        read_images(str(folder), SHAPE, *cancel_after(128))
    decoded.clear()
    assert means(read(folder)) == [number % 256 for number in range(300)]
    assert "000.png" not in decoded
    assert 0 < len(decoded) <= 300 - 128


def test_cancelling_loses_nothing_of_an_earlier_opening(folder: Path, save: Save, decoded: list[str]) -> None:
    for number in range(200, 300):
        save(f"{number}.png", number - 100)
    read(folder)
    for number in range(100, 200):
        save(f"{number}.png", number)
    with pytest.raises(Cancelled):
        read_images(str(folder), SHAPE, *cancel_after(1))
    decoded.clear()
    assert means(read(folder)) == [*range(100, 200), *range(100, 200)]
    assert not [name for name in decoded if name >= "200.png"]


def test_cancelling_at_once_leaves_no_cache(folder: Path, save: Save) -> None:
    save("a.png")
    with pytest.raises(Cancelled):
        read_images(str(folder), SHAPE, *cancel_after(0))
    assert len(read(folder)) == 1


def test_a_disk_that_fills_up_is_said_in_a_sentence_and_freed(
    folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("a.png", 10)
    read(folder)
    save("b.png", 20)

    def full(_: FileRows, __: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileRows, "_write", full)
        with pytest.raises(UserError, match=r"cannot be written \(No space left on device\): free some room"):
            read(folder)
    assert cached_files(folder) == [".json", ".npy"]
    assert means(read(folder)) == [10, 20]


def test_a_manifest_that_cannot_be_written_leaves_the_old_state(
    folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    save("a.png", 10)
    read(folder)
    save("b.png", 20)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(UserError, match="free some room"):
            read(folder)
    assert cached_files(folder) == [".json", ".npy"]
    decoded.clear()
    assert means(read(folder)) == [10, 20]
    assert decoded == ["b.png"]


def no_room(_: Path) -> object:
    return shutil._ntuple_diskusage(10, 10, 0)


def test_few_images_are_held_in_memory_where_nothing_can_be_stored(
    folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    save("a.png", 10)
    read(folder)
    save("b.png", 20)
    (folder / "c.png").touch()
    monkeypatch.setattr(shutil, "disk_usage", no_room)
    decoded.clear()
    images = read(folder)
    assert means(images) == [10, 20]
    assert decoded == ["b.png", "c.png"]
    assert not np.asarray(images.images).flags.writeable
    assert len(images.skipped) == 1


def test_many_images_need_a_place(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save("a.png")
    monkeypatch.setattr(shutil, "disk_usage", no_room)
    monkeypatch.setattr(cache_filling, "MEMORY_LIMIT", 10)
    with pytest.raises(UserError, match="0 MB are free: free some room"):
        read(folder)


@pytest.mark.parametrize("limit", [10, 10**6])
def test_a_cache_that_cannot_be_made(
    folder: Path, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    save("a.png", 10)
    (tmp_path / "a file").touch()
    monkeypatch.setenv("VAE_EXPLORER_CACHE", str(tmp_path / "a file" / "cache"))
    monkeypatch.setattr(cache_filling, "MEMORY_LIMIT", limit)
    if limit > 100:
        assert means(read(folder)) == [10]
    else:
        with pytest.raises(UserError, match="cannot be made"):
            read(folder)


def test_a_cache_that_may_not_be_written_to(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save("a.png", 10)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert means(read(folder)) == [10]
    assert list(cache_folder(folder, SHAPE).iterdir()) == []


def test_a_file_that_fails_for_now_does_not_rewrite_the_rest(
    folder: Path, save: Save, deny: Callable[[Path], None]
) -> None:
    save("a.png", 10)
    deny(save("b.png", 20))
    read(folder)
    before = sorted(cache_folder(folder, SHAPE).iterdir())
    assert [one.path for one in read(folder).skipped] == ["b.png"]
    assert sorted(cache_folder(folder, SHAPE).iterdir()) == before


def test_two_openings_at_once_both_succeed(folder: Path, save: Save) -> None:
    for number in range(100):
        save(f"{number:03}.png", number)
    results: list[list[int]] = []
    threads = [threading.Thread(target=lambda: results.append(means(read(folder)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [list(range(100))] * 4
    assert means(read(folder)) == list(range(100))


def test_rows_have_a_header_of_one_length(tmp_path: Path) -> None:
    rows = FileRows(tmp_path, np.empty((0, 2, 2, 1), np.uint8), "")
    for number in range(1200):
        rows.add(np.full((2, 2, 1), number % 256, np.uint8))
    images, name = rows.finish()
    assert images.shape == (1200, 2, 2, 1)
    assert np.array_equal(np.load(tmp_path / name)[:, 0, 0, 0], np.arange(1200) % 256)


def test_the_users_own_cache_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAE_EXPLORER_CACHE")
    assert "vae-explorer" in cache_home().parts
