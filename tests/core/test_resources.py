"""Files that come with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_explorer.core import resources
from vae_explorer.core.errors import UserError
from vae_explorer.core.resources import resource


def test_a_packaged_file_is_found() -> None:
    assert resource("samples", "digits.npz").is_file()
    assert resource("samples").is_dir()


def test_an_installed_wheel_comes_before_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = (tmp_path / "wheel", tmp_path / "checkout")
    for home in homes:
        (home / "icons").mkdir(parents=True)
    (homes[1] / "only.txt").touch()
    monkeypatch.setattr(resources, "_HOMES", homes)
    assert resource("icons") == homes[0] / "icons"
    assert resource("only.txt") == homes[1] / "only.txt"


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UserError, match=r"“samples/gone\.npz” is missing from this installation"):
        resource("samples", "gone.npz")
