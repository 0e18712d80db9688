"""Array files that are made to do harm, or that a file system makes hard to read."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from vae_explorer.core.data.base import read_images
from vae_explorer.core.errors import UserError


def test_a_header_is_read_no_farther_than_a_header_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = zipfile.ZipExtFile.read

    def noting(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        asked.append(n or 0)
        return read(self, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", noting)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**30) + bytes(2**24))
    with pytest.raises(UserError, match="header is damaged"):
        read_images(str(tmp_path / "a.npz"))
    assert 0 < max(asked) < 2**20


def test_a_link_that_leads_back_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a.npy").symlink_to(tmp_path / "a.npy")
    with pytest.raises(UserError, match="symbolic links"):
        read_images(str(tmp_path / "a.npy"))
