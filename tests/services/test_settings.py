from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from vae_explorer.services.settings import RECENT, Remembered, SettingsFile, data_folder, runs_folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not there yet" / "settings.json"


def test_nothing_is_remembered_at_first_and_nothing_is_written(path: Path) -> None:
    assert SettingsFile(path).values == Remembered()
    assert not path.exists()


def test_what_is_remembered_is_there_at_the_next_start(path: Path) -> None:
    settings = SettingsFile(path)
    settings.update(smooth=True, hint_dismissed=True)
    settings.add_recent("recent_images", "/photos")
    assert SettingsFile(path).values == settings.values
    assert settings.values.smooth
    assert [left.name for left in path.parent.iterdir()] == ["settings.json"]


def test_the_newest_comes_first_once_and_the_list_is_short(path: Path) -> None:
    settings = SettingsFile(path)
    for number in range(RECENT + 2):
        settings.add_recent("recent_models", f"/{number}")
    settings.add_recent("recent_models", "/7")
    recent = SettingsFile(path).values.recent_models
    assert recent[:3] == ("/7", "/11", "/10")
    assert len(recent) == len(set(recent)) == RECENT


def test_a_folder_whose_name_is_not_unicode_is_remembered(path: Path) -> None:
    SettingsFile(path).add_recent("recent_images", "/photos/\udcff")
    assert SettingsFile(path).values.recent_images == ("/photos/\udcff",)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"smooth": "perhaps"}', b'{"recent_images": 5}', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "torn", "list", "null", "no truth", "no list", "no text", "too deep"],
)
def test_a_broken_file_starts_anew_and_says_so_in_the_log(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    settings = SettingsFile(path)
    assert settings.values == Remembered()
    assert "start anew" in caplog.text
    settings.update(smooth=True)
    assert SettingsFile(path).values.smooth


def test_what_a_newer_version_wrote_is_passed_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"smooth": True, "colour_of_the_moon": "silver"}))
    assert SettingsFile(path).values == Remembered(smooth=True)


def test_a_place_that_cannot_be_written_loses_nothing_of_this_session(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings = SettingsFile(tmp_path / "file" / "settings.json")
    settings.update(smooth=True)
    assert settings.values.smooth
    assert [record.levelno for record in caplog.records if "could not be saved" in record.message] == [logging.WARNING]


def test_the_data_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    assert runs_folder() == tmp_path / "runs"
    monkeypatch.delenv("VAE_EXPLORER_DATA")
    assert data_folder().name == "vae-explorer"
