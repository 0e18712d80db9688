"""The command line as a whole: its errors, its help, its streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import QT, Run, fresh_python


def test_the_unexpected_is_one_line_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, trained: Path, pictures: Path
) -> None:
    def broken(*_arguments: object) -> None:
        msg = "of a sort"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr("vae_explorer.commands.evaluate_command.load_encoding_model", broken)
    assert "ZeroDivisionError: of a sort" in run("evaluate", trained, pictures).error(1)
    assert "Traceback" in run("--debug", "evaluate", trained, pictures).err
    monkeypatch.setenv("VAE_EXPLORER_DEBUG", "1")
    assert "Traceback" in run("evaluate", trained, pictures).err


def test_missing_arguments(run: Run) -> None:
    assert "--out" in run("train").error()
    assert "RUN" in run("info").error()


def test_of_several_ranks_the_first_alone_does_what_is_not_shared(
    run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    assert run("info", trained, "--json") == (0, "", "")
    monkeypatch.setenv("RANK", "0")
    assert json.loads(run("info", trained, "--json").out)["state"] == "finished"


def test_a_closed_pipe_is_quiet(trained: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "vae_explorer", "info", str(trained)],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (1, b"")


def test_help_and_version(run: Run) -> None:
    assert run("--version").out == "0.1.0\n"
    listed = run("--help").out
    assert all(word in listed for word in ("open", "train", "evaluate", "encode", "decode", "grid", "info", "tour"))


def test_a_machine_without_qt_does_all_but_the_window(
    small: list[str], trained: Path, pictures: Path, tmp_path: Path
) -> None:
    commands = [
        ["train", pictures, "--out", tmp_path / "run", *small],
        ["evaluate", trained, pictures],
        ["encode", trained, pictures, "--out", tmp_path / "codes.npz"],
        ["decode", trained, "--codes", tmp_path / "codes.npz", "--out", tmp_path / "sheet.png"],
        ["grid", trained, "--out", tmp_path / "grid.png"],
        ["info", trained],
        [],
        ["tour", "--out", tmp_path / "tour"],
    ]
    code = """
import json
from vae_explorer.__main__ import main
sys.exit(repr([main(words) for words in json.loads(sys.argv[1])]))
"""
    said = fresh_python(code, json.dumps(commands, default=str), without=QT)
    *_, refusal, _, statuses = said.err.splitlines()
    assert statuses == str([0, 0, 0, 0, 0, 0, 2, 2])
    assert refusal.startswith("The window needs Qt, which can't be used here")
