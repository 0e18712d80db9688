"""The list of a folder's files."""

from __future__ import annotations

import pytest

from vae_explorer.core.data.file_list import FileEntry, FileList

ENTRIES = [FileEntry("b", 2, 20), FileEntry("a/c", 3, 30), FileEntry("a", 1, 2**70)]


def listed(entries: list[FileEntry]) -> FileList:
    files = FileList()
    for entry in entries:
        files.add(*entry)
    return files


def test_what_is_added_is_there_in_its_order() -> None:
    files = listed(ENTRIES)
    assert list(files) == ENTRIES
    assert len(files) == 3
    assert files[1] == ENTRIES[1]
    assert list(files[::2]) == ENTRIES[::2]
    assert ENTRIES[2] in files


@pytest.mark.parametrize("count", [0, 1, 3])
def test_sorting_is_by_path_and_keeps_files_whole(count: int) -> None:
    assert list(listed(ENTRIES[:count]).by_path()) == sorted(ENTRIES[:count])


def test_lists_are_equal_where_every_file_is() -> None:
    assert listed(ENTRIES) == FileList(["b", "a/c", "a"], [2, 3, 1], [20, 30, 2**70])
    for changed in (ENTRIES[:2], ENTRIES[::-1], [*ENTRIES[:2], FileEntry("a", 1, 5)], [*ENTRIES[:2], ("a", 5, 2**70)]):
        assert listed(ENTRIES) != listed(changed)  # type: ignore[arg-type]
    assert listed(ENTRIES) != ENTRIES


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        FileList(["a", "b"], [1, 2], [1])
