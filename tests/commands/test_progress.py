"""Progress on standard error."""

from __future__ import annotations

import sys

import pytest

from vae_explorer.commands.progress import progress_display


def test_a_log_gets_the_first_and_the_last_moment_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_display("Reading") as display:
        for done, total in ((0, 0), (0, 3), (1, 3), (2, 3), (3, 3), (3, 3)):
            display.show(done, total)
    assert capsys.readouterr() == ("", "Reading: 0 of 3\nReading: 3 of 3\n")


def test_a_person_gets_a_bar_with_the_words_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with progress_display("Training") as display:
        display.show(3, 3, "[red] 5 left")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Training" in err
    assert "[red] 5 left" in err
