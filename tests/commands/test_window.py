"""Opening the window: which words do, and when there is nothing to open it on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.running import Run

Opened = list[tuple[object, ...]]
"""The arguments of each call of `app.run`."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    calls: Opened = []
    monkeypatch.setattr("vae_explorer.app.run", lambda *arguments: calls.append(arguments))
    return calls


def test_the_word_may_be_left_out(run: Run, opened: Opened, trained: Path) -> None:
    plain = (None, None, "auto", None, (1600, 1000), None)
    run()
    run("open")
    run(trained)
    run("--images", "sample:digits")
    assert opened == [plain, plain, (trained, *plain[1:]), (None, "sample:digits", *plain[2:])]


def test_all_options(run: Run, opened: Opened, trained: Path, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    (tmp_path / "codes.json").write_text("{}")
    words = ["--images", tmp_path, "--device", "cpu", "--screenshot", picture, "--size", "1280x720"]
    assert run(trained, *words, "--codes", tmp_path).status == 0
    assert opened == [(trained, str(tmp_path), "cpu", picture, (1280, 720), tmp_path)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["trian"], "did you mean “train”?"),
        (["nowhere"], "There is no run folder “nowhere”"),
        ([str(Path(__file__))], "is not a run folder: it is a file"),
        ([str(Path(__file__).parent)], "is not a run folder"),
        (["--images", "nowhere"], "There is no file or folder “nowhere”"),
        (["--size", "big"], "--size takes a width and a height"),
        (["--size", "799x480"], "--size must lie between 800x480 and 16384x16384, but it is 799x480"),
        (["--size", "800x479"], "--size must lie between"),
        (["--size", "20000x800"], "--size must lie between"),
        (["--screenshot", "window.gif"], "must end in .png"),
        (["--codes", "codes"], "--codes goes with the RUN"),
    ],
)
def test_bad_input(run: Run, opened: Opened, words: list[str], sentence: str) -> None:
    assert sentence in run(*words).error()
    assert not opened


def test_codes_that_are_none(run: Run, opened: Opened, trained: Path, tmp_path: Path) -> None:
    assert "is no folder of codes: it holds no codes.json" in run(trained, "--codes", tmp_path).error()
    assert not opened


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_without_a_screen(run: Run, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert run().error().startswith("There is no screen to open a window on")
    monkeypatch.setenv("DISPLAY", ":987")
    assert run().error().startswith("There is no screen “:987” that answers")
    assert not opened
