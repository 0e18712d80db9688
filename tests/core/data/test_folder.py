"""A folder of images as a source: what is read, what is skipped, and what is said."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_explorer.core.data import decode_files, decode_image
from vae_explorer.core.data.base import (
    Cancelled,
    Images,
    ImageSet,
    ImageShape,
    Progress,
    Skipped,
    Suggestion,
    printable,
    read_images,
    source_of,
    suggest,
)
from vae_explorer.core.data.decode_image import decode_file
from vae_explorer.core.data.folder import FolderSource, labels_of
from vae_explorer.core.errors import UserError

Save = Callable[..., Path]
SHAPE = ImageShape(8, 1)

not_utf8 = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="file names are Unicode there")


def read(folder: Path, shape: ImageShape | None = SHAPE) -> ImageSet:
    return read_images(str(folder), shape)


def means(images: ImageSet) -> list[int]:
    return [round(float(image.mean())) for image in images.images]


def error_of(spec: str | Path) -> str:
    with pytest.raises(UserError) as caught:
        read_images(str(spec))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_images_come_in_the_order_of_their_paths(folder: Path, save: Save) -> None:
    for number in (3, 1, 2):
        save(f"{number}.png", number * 10)
    images = read(folder)
    assert images.paths == ("1.png", "2.png", "3.png")
    assert means(images) == [10, 20, 30]
    assert images.images.shape == (3, 8, 8, 1)
    assert np.asarray(images.images).dtype == np.uint8
    assert not np.asarray(images.images).flags.writeable
    assert (images.source, images.title, images.shape) == (str(folder.resolve()), "pictures", SHAPE)


def test_order_holds_over_many_batches(folder: Path, save: Save) -> None:
    for number in range(200):
        save(f"{number:03}.png", number, size=(200, 200) if number % 50 == 0 else (4, 4))
    assert means(read(folder)) == list(range(200))


def test_kinds_and_sizes_mix(folder: Path, save: Save) -> None:
    save("a.png", 90, size=(1, 1))
    save("b.jpg", 90, size=(300, 200), mode="RGB")
    save("c.tif", 90, size=(5, 9), mode="RGB")
    save("d.gif", 90, size=(64, 64))
    save("e.webp", 90, size=(31, 17), mode="RGB")
    save("f.bmp", 90, size=(8, 8))
    assert np.abs(np.array(means(read(folder, ImageShape(8, 3)))) - 90).max() <= 2


def test_first_level_folders_are_the_labels(folder: Path, save: Save) -> None:
    for name in ("cats/1.png", "dogs/small/1.png", "cats/old/2.png", "3.png"):
        save(name)
    images = read(folder)
    assert images.labels is not None
    assert images.label_names == ("(top level)", "cats", "dogs")
    assert dict(zip(images.paths, images.labels.tolist(), strict=True)) == {
        "3.png": 0,
        "cats/1.png": 1,
        "cats/old/2.png": 1,
        "dogs/small/1.png": 2,
    }


def test_a_flat_folder_has_no_labels(folder: Path, save: Save) -> None:
    save("1.png")
    (folder / "empty").mkdir()
    images = read(folder)
    assert images.labels is None
    assert images.label_names == ()


def test_labels_are_in_natural_order() -> None:
    labels, names = labels_of(["10/a", "9/a", "b2/a", "B10/a", "01/a", "1/a"])
    assert names == ("01", "1", "9", "10", "b2", "B10")
    assert labels is not None
    assert labels.tolist() == [3, 2, 4, 5, 0, 1]


def test_every_bad_file_is_skipped_with_its_reason_and_the_rest_is_read(folder: Path, save: Save) -> None:
    save("good 1.png", 10)
    save("good 2.jpg", 20, mode="RGB")
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image")
    whole = save("whole.png", size=(64, 64)).read_bytes()
    (folder / "cut.png").write_bytes(whole[:-40])
    (folder / "whole.png").rename(folder / "mislabelled.gif")
    (folder / "link.png").symlink_to("nowhere.png")
    (folder / "raw.heic").touch()
    images = read(folder)
    assert images.paths == ("good 1.png", "good 2.jpg", "mislabelled.gif")
    assert images.skipped == (
        Skipped("cut.png", "the file is cut short"),
        Skipped("empty.png", "the file is empty"),
        Skipped("link.png", "it is no longer there, or a link that leads nowhere"),
        Skipped("raw.heic", "HEIC is not read here: convert it to PNG or JPEG"),
        Skipped("text.jpg", "not an image, or of a kind that isn't read here"),
    )


def test_a_decompression_bomb_is_skipped(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save("a.png")
    save("bomb.png", size=(400, 400))
    monkeypatch.setattr(decode_image, "MAX_PIXELS", 100_000)
    assert read(folder).skipped == (Skipped("bomb.png", "larger than 178 megapixels"),)


def test_a_file_that_may_not_be_read_is_skipped(
    folder: Path, save: Save, deny: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    save("a.png")
    deny(save("secret.png"))
    assert read(folder).skipped == (Skipped("secret.png", "you are not permitted to read it"),)
    monkeypatch.undo()
    assert read(folder).paths == ("a.png", "secret.png")  # permitted since: tried again, though the file is the same


def test_a_file_that_vanishes_while_the_folder_is_read_is_skipped(folder: Path, save: Save) -> None:
    save("a.png")
    doomed = save("b.png")

    def on_progress(progress: Progress) -> None:
        if progress.total:
            doomed.unlink(missing_ok=True)

    # The file goes after the folder was listed and before the first image is asked for.
    images = FolderSource.read(str(folder), SHAPE, on_progress, threading.Event())
    assert images.paths == ("a.png",)
    assert images.skipped == (Skipped("b.png", "it is no longer there, or a link that leads nowhere"),)


def test_a_failing_decoder_stops_one_file_only(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save("a.png")
    save("b.bmp")

    def fail(*_: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'seek'")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load_prepare", fail)
    images = read(folder)
    assert images.paths == ("b.bmp",)
    assert "damaged" in images.skipped[0].reason


@not_utf8
def test_names_in_any_script_and_not_utf8_survive_twice(folder: Path, save: Save) -> None:
    names = sorted(["画像.png", "صورة.png", "рисунок/é 🙂.png", os.fsdecode(b"caf\xe9/1\xff.png"), "a\nb\udcff.png"])
    for name in names:
        save(name)
    for images in (read(folder), read(folder)):
        assert list(images.paths) == names
        assert all((folder / path).is_file() for path in images.paths)
        assert os.fsdecode(b"caf\xe9") in images.label_names
    assert printable(os.fsdecode(b"caf\xe9")) == "caf�"


@not_utf8
def test_the_folder_itself_may_have_such_a_name(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"\xff\xfe")
    root.mkdir()
    assert "\udcff" not in error_of(root)
    Image.new("L", (8, 8)).save(root / "1.png")
    assert len(read(root)) == len(read(root)) == 1


def test_no_images_says_what_there_is_instead(folder: Path) -> None:
    assert "no files at all" in error_of(folder)
    (folder / "a.txt").touch()
    assert "it holds 1 other file " in error_of(folder)
    (folder / "b.txt").touch()
    assert "it holds 2 other files " in error_of(folder)


def test_nothing_readable_says_why(folder: Path) -> None:
    (folder / "a.png").touch()
    (folder / "b.png").write_text("x")
    message = error_of(folder)
    assert "2 skipped" in message
    assert "“a.png” (the file is empty)" in message


def test_only_images_of_unread_kinds_says_why(folder: Path) -> None:
    (folder / "a.heic").touch()
    assert "HEIC is not read here" in error_of(folder)


def test_what_does_not_exist_is_said_to_be_missing(tmp_path: Path) -> None:
    assert error_of(tmp_path / "gone") == f"There is no folder or file “{tmp_path}/gone”."
    with pytest.raises(UserError, match="There is no folder"):
        FolderSource.suggest(str(tmp_path / "gone"))


def test_a_file_is_not_a_folder(save: Save) -> None:
    path = save("a.png")
    assert "open a folder of images" in error_of(path)
    assert "There is no folder or file" in error_of(path / "b")
    with pytest.raises(UserError, match="is a file, not a folder"):
        FolderSource.suggest(str(path))


def test_a_folder_that_may_not_be_read_says_so(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    save("a.png")

    def scandir(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", scandir)
    assert "you are not permitted to read it" in error_of(folder)


@pytest.mark.parametrize("spec", ["", "\0", "a\0b", "x" * 5000, "sample"])
def test_no_path_at_all_is_refused_in_words(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert error_of(spec)


def test_a_link_loop_instead_of_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert "loop" in error_of(tmp_path / "loop")


def test_cancelling_stops_before_the_end(folder: Path, save: Save) -> None:
    for number in range(300):
        save(f"{number:03}.png", number % 256)
    cancel = threading.Event()
    reports: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        reports.append(progress)
        if progress.done >= 100:
            cancel.set()

    with pytest.raises(Cancelled):
        read_images(str(folder), SHAPE, on_progress, cancel)
    assert reports[-1].done < 300
    assert means(read(folder)) == [number % 256 for number in range(300)]


def test_progress_counts_up_to_the_number_of_files(folder: Path, save: Save) -> None:
    for number in range(100):
        save(f"{number}.png")
    (folder / "bad.png").touch()
    reports: list[Progress] = []
    read_images(str(folder), SHAPE, reports.append)
    assert reports[0] == Progress(0, 0)
    assert reports[-1] == Progress(101, 101, 1)
    assert [report.done for report in reports] == sorted(report.done for report in reports)


def test_few_batches_are_in_memory_at_a_time(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [save(f"{number:03}.png") for number in range(120)]
    monkeypatch.setattr(decode_files, "_MOST_IN_BATCH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    started: list[Path] = []

    def counted(path: Path, shape: ImageShape) -> Images:
        started.append(path)
        return decode_file(path, shape)

    monkeypatch.setattr(decode_files, "decode_file", counted)
    decoding = decode_files.decode_files(paths, SHAPE, threading.Event())
    for taken, _ in enumerate(decoding, 1):
        assert len(started) <= taken + 2 * 2 + 1
    assert len(started) == 120


def test_paths_are_asked_for_as_they_are_needed(folder: Path, save: Save) -> None:
    path = save("a.png")
    asked: list[int] = []

    def paths() -> Iterator[Path]:
        for number in range(5000):
            asked.append(number)
            yield path

    decoding = decode_files.decode_files(paths(), SHAPE, threading.Event())
    next(decoding)
    decoding.close()
    assert len(asked) < 1000


def test_an_iterator_that_is_closed_early_leaves_no_thread(folder: Path, save: Save) -> None:
    paths = [save(f"{number:03}.png") for number in range(100)]
    before = threading.active_count()
    decoding = decode_files.decode_files(paths, SHAPE, threading.Event())
    next(decoding)
    decoding.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(28, 28), (28, 28)], 28),
        ([(128, 128)], 128),
        ([(256, 256), (256, 256)], 64),
        ([(640, 480), (800, 600)], 64),
        ([(33, 50), (33, 50)], 32),
        ([(1, 1)], 8),
        ([(28, 28), (32, 32)], 28),
    ],
)
def test_a_size_is_suggested_from_the_images(
    folder: Path, save: Save, sizes: list[tuple[int, int]], expected: int
) -> None:
    for number, size in enumerate(sizes):
        save(f"{number}.png", size=size)
    assert suggest(str(folder)) == Suggestion(ImageShape(expected, 1), len(sizes))


def test_grey_is_suggested_where_all_are_grey(folder: Path, save: Save) -> None:
    save("1.png", mode="L")
    save("2.png", mode="RGB")  # three equal channels
    save("3.jpg", mode="RGB")
    save("4.png", mode="P")
    save("5.png", mode="I;16")
    assert suggest(str(folder)).shape.channels == 1
    Image.new("RGB", (16, 16), "red").save(folder / "6.png")
    assert suggest(str(folder)).shape.channels == 3


def test_unreadable_files_have_no_say_in_what_is_suggested(folder: Path, save: Save) -> None:
    (folder / "a.png").touch()
    assert suggest(str(folder)) == Suggestion(ImageShape(64, 3), 1)
    save("b.png", size=(20, 20))
    assert suggest(str(folder)) == Suggestion(ImageShape(20, 1), 2)


def test_a_suggestion_looks_at_a_few_files_only(folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        save(f"{number:03}.png")
    opened: list[object] = []
    real: Callable[..., object] = Path.open

    def open_(path: Path, *arguments: str) -> object:
        opened.append(path)
        return real(path, *arguments)

    monkeypatch.setattr(Path, "open", open_)
    assert suggest(str(folder)).count == 300
    assert 50 < len(opened) < 130
    assert opened[0] != opened[-1]


def test_no_shape_means_the_suggested_one(folder: Path, save: Save) -> None:
    save("a.png", size=(20, 20), mode="RGB")
    assert read(folder, None).shape == ImageShape(20, 1)


def test_sources_do_not_claim_each_others(folder: Path, save: Save) -> None:
    save("a.png")
    (folder / "x.npy").mkdir()
    assert source_of(str(folder)) is FolderSource
    assert source_of(str(folder / "x.npy")) is FolderSource
    assert source_of("sample:digits").name == "sample"
