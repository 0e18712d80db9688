"""Finding image files."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from vae_explorer.core.data.base import Cancelled, Progress, Skipped, ignore_progress
from vae_explorer.core.data.walk import Listing, walk


def listed(root: Path) -> Listing:
    return walk(root, ignore_progress, threading.Event())


def paths(root: Path) -> list[str]:
    return [file.path for file in listed(root).files]


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def refuse(monkeypatch: pytest.MonkeyPatch, forbidden: Path) -> None:
    """Let listing `forbidden` fail as it does for those who aren't permitted (the superuser always is)."""
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path) == forbidden:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_images_are_known_by_their_extension_in_any_case(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.JPG", "c.Jpeg", "d.bmp", "e.gif", "f.webp", "g.tif", "h.TIFF", "i.txt", "png", "j.")
    assert paths(tmp_path) == ["a.png", "b.JPG", "c.Jpeg", "d.bmp", "e.gif", "f.webp", "g.tif", "h.TIFF"]
    assert listed(tmp_path).others == 3


def test_subfolders_are_walked_and_paths_are_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.png", "b/1.png", "z.png", "a/deep/er/1.png")
    assert paths(tmp_path) == ["a/deep/er/1.png", "b/1.png", "b/2.png", "z.png"]


def test_a_file_is_listed_with_its_size_and_time(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    os.utime(tmp_path / "a.png", ns=(5, 1_234_567_890_123_456_789))
    assert list(listed(tmp_path).files) == [("a.png", 1, 1_234_567_890_123_456_789)]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "._a.png", ".b.png", ".thumbnails/c.png")
    assert paths(tmp_path) == ["a.png"]
    assert listed(tmp_path).skipped == []


def test_images_of_other_kinds_are_told_of(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.HEIC")
    assert listed(tmp_path).skipped == [Skipped("b.HEIC", "HEIC is not read here: convert it to PNG or JPEG")]


def test_a_link_to_an_ancestor_is_no_loop(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "a/b/2.png")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "a/b/here").symlink_to(".")
    assert paths(tmp_path) == ["a/1.png", "a/b/2.png"]


def test_folders_that_link_to_each_other_are_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "a/b").symlink_to(tmp_path / "b")
    (tmp_path / "b/a").symlink_to(tmp_path / "a")
    (tmp_path / "0").symlink_to(tmp_path / "a")
    assert paths(tmp_path) == ["a/1.png", "b/2.png"]


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/sub/1.png", "pictures/2.png")
    (tmp_path / "pictures/more").symlink_to(tmp_path / "elsewhere")
    assert paths(tmp_path / "pictures") == ["2.png", "more/sub/1.png"]


def test_links_that_lead_nowhere_or_back_to_themselves_are_skipped(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "c.png").symlink_to(tmp_path / "c.png")
    assert listed(tmp_path).skipped == [
        Skipped("b.png", "it is no longer there, or a link that leads nowhere"),
        Skipped("c.png", "a link that leads back to itself"),
    ]
    assert paths(tmp_path) == ["a.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_named_like_an_image_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert listed(tmp_path).skipped == [Skipped("pipe.png", "not a regular file")]


def test_a_subfolder_that_may_not_be_read_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a/1.png", "private/2.png")
    refuse(monkeypatch, tmp_path / "private")
    listing = listed(tmp_path)
    assert [file.path for file in listing.files] == ["a/1.png"]
    assert listing.skipped == [Skipped("private", "you are not permitted to read it")]


def test_the_folder_itself_must_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, tmp_path)
    with pytest.raises(PermissionError):
        listed(tmp_path)


def test_a_subfolder_that_vanishes_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.png", "sub/1.png")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path) == tmp_path / "sub":
            (tmp_path / "sub/1.png").unlink()
            (tmp_path / "sub").rmdir()
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert listed(tmp_path).skipped[0].path == "sub"


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="file names are Unicode there")
def test_names_of_any_script_and_no_script_are_kept(tmp_path: Path) -> None:
    names = ["画像.png", "صورة.png", "рисунок.png", "🙂 é.png", "new\nline.png", os.fsdecode(b"caf\xe9.png")]
    touch(tmp_path, *names)
    assert paths(tmp_path) == sorted(names)


def test_a_tree_deeper_than_python_recurses_is_no_trouble(tmp_path: Path) -> None:
    folders = [tmp_path]
    for _ in range(1200):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    touch(folders[-1], "1.png")
    listing = listed(tmp_path)
    (folders[-1] / "1.png").unlink()
    for folder in reversed(folders[1:]):
        folder.rmdir()  # pytest's own clearing up does recurse
    assert [file.path for file in listing.files] == ["d/" * 1200 + "1.png"]


def test_walking_reports_and_can_be_cancelled(tmp_path: Path) -> None:
    touch(tmp_path, "1.png", "a/2.png", "b/3.png")
    cancel = threading.Event()
    seen: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 2:
            cancel.set()

    with pytest.raises(Cancelled):
        walk(tmp_path, on_progress, cancel)
    assert seen == [Progress(0, 0), Progress(1, 0)]
