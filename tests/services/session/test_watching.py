"""The session follows a run that a second process trains."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from tests.services.sessions import Heard, MakeArray, MakeRun, expected
from vae_explorer.core.presence import LIVE
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.watching import Glimpse
from vae_explorer.services import watching
from vae_explorer.services.session import Session

StartTraining = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY_MS", 50)
    monkeypatch.setattr(watching, "REST_MS", 50)


@pytest.fixture
def start_training(tmp_path: Path, make_array: MakeArray, qtbot: QtBot) -> Iterator[StartTraining]:
    """Return a function that has another process train a run, and waits until there is something to open."""
    started = []

    def start(*more: str, epochs: int = 1_000_000) -> subprocess.Popen[bytes]:
        words = ["train", make_array(count=200), "--out", str(tmp_path / "run"), "--publish-every", "0.05"]
        small = ["--batch-size", "8", "--device", "cpu", "--network", "mlp", "--set", "hidden=8"]
        process = subprocess.Popen(
            [sys.executable, "-m", "vae_explorer", *words, *small, "--epochs", str(epochs), *more],
            stderr=subprocess.PIPE,
        )
        started.append(process)
        qtbot.waitUntil((tmp_path / "run" / "history.jsonl").exists)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


class Glimpses(list[Glimpse]):
    """What the session's watching has seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        session.watching.glimpsed.connect(self.append)

    @property
    def states(self) -> list[str]:
        return [glimpse.state for glimpse in self]


def test_a_training_in_another_process_is_followed_to_its_end(
    session: Session, heard: Heard, tmp_path: Path, start_training: StartTraining, qtbot: QtBot
) -> None:
    process = start_training()
    glimpses = Glimpses(session)
    before = {path.name for path in (tmp_path / "run").iterdir() if not path.name.startswith(".")}
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_model(tmp_path / "run")
    qtbot.waitUntil(lambda: session.watching.is_live)
    first = session.store.state.embedding
    assert first is not None
    qtbot.waitUntil(lambda: len({glimpse.step for glimpse in glimpses if glimpse.step is not None}) > 2)
    qtbot.waitUntil(lambda: session.store.state.embedding is not first)
    qtbot.waitUntil(lambda: any(glimpse.beat is not None and glimpse.beat.step for glimpse in glimpses))
    beat = next(glimpse.beat for glimpse in reversed(glimpses) if glimpse.beat is not None)
    assert beat.pid == process.pid
    assert any(glimpse.history for glimpse in glimpses)
    assert {path.name for path in (tmp_path / "run").iterdir() if not path.name.startswith(".")} == before
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_S)
    qtbot.waitUntil(lambda: glimpses.states[-1] == "resting")
    assert glimpses[-1].status.state == "resumable"
    assert not session.watching.is_live
    code = (0.5, -0.5)
    session.store.update(probe=code)
    last = expected(tmp_path / "run", code)
    qtbot.waitUntil(lambda: bool(heard.decoded) and np.array_equal(heard.decoded[-1].pixels[0], last))
    assert heard.failures == []


def test_a_run_that_is_trained_elsewhere_is_not_resumed_here(
    session: Session, heard: Heard, tmp_path: Path, start_training: StartTraining, qtbot: QtBot
) -> None:
    process = start_training()
    with qtbot.waitSignal(session.failed):
        session.resume_run(tmp_path / "run")
    assert f"(process {process.pid}): it can be watched, but not trained twice" in heard.failures[0]
    assert not session.training.running
    again = subprocess.run(
        [sys.executable, "-m", "vae_explorer", "train", "--out", str(tmp_path / "run"), "--resume"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout, len(again.stderr.splitlines())) == (2, "", 1)
    assert "it can be watched" in again.stderr
    assert process.poll() is None


def test_a_trainer_that_is_killed_is_told_as_silent_and_can_be_gone_on_with(
    session: Session, tmp_path: Path, start_training: StartTraining, qtbot: QtBot
) -> None:
    process = start_training()
    glimpses = Glimpses(session)
    session.open_model(tmp_path / "run")
    qtbot.waitUntil(lambda: session.watching.is_live)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
    qtbot.waitUntil(lambda: glimpses.states[-1] == "silent")
    start_training("--resume", epochs=2)
    qtbot.waitUntil(lambda: RunFolder.open(tmp_path / "run").status.state == "finished")
    qtbot.waitUntil(lambda: glimpses.states[-1] == "resting")


def test_a_run_that_vanishes_is_told_once_and_is_followed_again_when_it_is_back(
    session: Session, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    run = make_run()
    told: list[str] = []
    session.watching.lost.connect(told.append)
    glimpses = Glimpses(session)
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_model(run)
    run.rename(tmp_path / "away")
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(300)
    assert len(told) == 1
    assert "is gone, or can't be reached" in told[0]
    seen = len(glimpses)
    (tmp_path / "away").rename(run)
    qtbot.waitUntil(lambda: len(glimpses) > seen)


def test_a_model_opened_instead_is_the_one_that_is_followed(session: Session, make_run: MakeRun, qtbot: QtBot) -> None:
    first, second = make_run("first"), make_run("second")
    glimpses = Glimpses(session)
    for run in (first, second):
        with qtbot.waitSignal(session.embedding.embedded):
            session.open_model(run)
    told: list[str] = []
    session.watching.lost.connect(told.append)
    first.rename(first.with_name("away"))
    seen = len(glimpses)
    qtbot.waitUntil(lambda: len(glimpses) > seen + 2)
    assert told == []


def test_what_is_trained_here_is_not_followed_as_if_elsewhere(
    session: Session, make_run: MakeRun, make_array: MakeArray, qtbot: QtBot
) -> None:
    glimpses = Glimpses(session)
    run = make_run(epochs=1)
    status = json.loads((run / "config.json").read_text())
    status["training"]["epochs"] = 30
    (run / "config.json").write_text(json.dumps(status))
    with qtbot.waitSignal(session.training_ended):
        session.resume_run(run)
    assert not session.watching.is_live
    assert glimpses.states.count("training") == 0
    assert not (run / LIVE).exists()
