import os

import pytest

from vae_explorer.core.errors import UserError
from vae_explorer.core.files import check_place, write_atomically


def test_a_failed_write_keeps_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def refuse(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UserError, match="cannot be written: no space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_without_a_folder_is_told_before_the_work_begins(tmp_path):
    check_place(tmp_path / "new")
    with pytest.raises(UserError, match=r"There is no folder “.*nowhere” to write new into"):
        check_place(tmp_path / "nowhere" / "new")
