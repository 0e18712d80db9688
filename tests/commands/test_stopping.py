"""Signals while training."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from tests.running import Run
from vae_explorer.commands.stopping import Stop
from vae_explorer.core.run_folder import RunFolder


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(
    run: Run,
    small: list[str],
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    status: int,
) -> None:
    folder = tmp_path / "run"
    handler = signal.getsignal(number)
    monkeypatch.setattr(Stop, "_stop", impatient(Stop._stop))
    with sent(number, when=(folder / "history.jsonl").exists):
        said = run("train", pictures, "--out", folder, *small, "--epochs", "100000")
    assert said.status == status
    assert said.out == ""
    assert said.err.splitlines()[-1].endswith(f"vae-explorer train --out {folder} --resume")
    assert "Traceback" not in said.err
    assert RunFolder.open(folder).status.state == "resumable"
    assert signal.getsignal(number) == handler


def test_ctrl_c_before_training_writes_nothing(
    run: Run, small: list[str], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_explorer.core.data import base

    monkeypatch.setattr(base, "read_images", interrupted(base.read_images))
    said = run("train", pictures, "--out", tmp_path / "run", *small, "--set", "fit=pad")
    assert said.status == 130
    assert "nothing was written" in said.err
    assert not (tmp_path / "run").exists()


def interrupted(function: Callable[..., object]) -> Callable[..., object]:
    """Return `function` with Ctrl+C pressed just before."""

    def call(*arguments: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return function(*arguments)

    return call


def impatient(handle: Callable[[Stop, int, FrameType | None], None]) -> Callable[..., None]:
    """Return `handle` with the first signal followed by another at once."""

    def handle_and_repeat(self: Stop, number: int, frame: FrameType | None) -> None:
        handle(self, number, frame)
        if len(self.signals) == 1:
            signal.raise_signal(signal.Signals(number))

    return handle_and_repeat


@contextmanager
def sent(number: signal.Signals, when: Callable[[], bool]) -> Iterator[None]:
    """Send this process a signal from a thread, once `when` says so."""
    given_up = threading.Event()

    def send() -> None:
        while not when():
            if given_up.wait(0.01):
                return
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        given_up.set()
        thread.join()
