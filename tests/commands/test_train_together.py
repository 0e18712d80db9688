"""`train` under torchrun: what is told, once, and how all end when one does."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.core.together import told
from tests.patience import PATIENCE_S
from tests.running import Run
from vae_explorer.core.run_folder import RESUME, RunFolder

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


class Torchrun(NamedTuple):
    """A torchrun under way. What the ranks write on standard error goes to files; torchrun's own report is left out."""

    process: subprocess.Popen[bytes]
    out: Path
    errors: Path

    def said(self) -> tuple[str, str]:
        """Wait for its end; return what the ranks wrote on standard output, and on standard error."""
        self.process.wait(PATIENCE_S)
        return self.out.read_text(), self.errors_so_far()

    def errors_so_far(self) -> str:
        """Return what the ranks have written on standard error, of each attempt."""
        logs = sorted(self.errors.rglob("stderr.log"), key=lambda log: log.parts[-3:])
        return "".join(log.read_text() for log in logs)


@contextmanager
def torchrun(tmp_path: Path, *words: object, launch: tuple[str, ...] = ()) -> Iterator[Torchrun]:
    """Start two ranks of a command."""
    logs = tmp_path / "logs"
    out = tmp_path / "out.txt"
    command = [*TORCHRUN, *launch, "--log-dir", str(logs), "--redirects", "2", "-m", "vae_explorer", *map(str, words)]
    with out.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
    try:
        yield Torchrun(process, out, logs)
    finally:
        process.terminate()  # which ends its ranks first
        process.wait(PATIENCE_S)


def wait_for(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def has_learned(run: Path) -> Callable[[], bool]:
    """Return whether something has been saved after the beginning."""
    return lambda: (run / RESUME).exists() and RunFolder.open(run).status.step > 0


def ranks_of(parent: int) -> dict[int, int]:
    """Return the processes that torchrun has started: rank to number."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    settings = entry.joinpath("environ").read_bytes().split(b"\0")
                    found |= {int(one[5:]): int(entry.name) for one in settings if one.startswith(b"RANK=")}
            except OSError:
                continue  # it has ended meanwhile
    return found


def test_two_ranks_make_the_run_of_one_and_print_one_object(
    run: Run, small: list[str], pictures: Path, tmp_path: Path
) -> None:
    with torchrun(tmp_path, "train", pictures, "--out", tmp_path / "two", *small, "--json") as two:
        out, err = two.said()
        assert two.process.returncode == 0, err
    shown = json.loads(out)
    assert (shown["ranks"], shown["finished"], shown["epoch"]) == (2, True, 2)
    assert err.count("Training: epoch 2 of 2") == 1
    assert err.count("bright/broken.png: the file is empty") == 1
    alone = run("train", pictures, "--out", tmp_path / "one", *small, "--json")
    assert shown["validation"] == pytest.approx(json.loads(alone.out)["validation"], rel=1e-5)
    assert RunFolder.open(tmp_path / "two").config == RunFolder.open(tmp_path / "one").config


def test_a_killed_rank_ends_all_with_one_sentence_and_the_run_goes_on(
    run: Run, small: list[str], pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with torchrun(tmp_path, "train", pictures, "--out", folder, *small, "--epochs", "100000") as two:
        wait_for((folder / "history.jsonl").exists)
        os.kill(ranks_of(two.process.pid)[1], signal.SIGKILL)
        out, err = two.said()
    assert two.process.returncode == 1
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Rank 1 (process ")
    assert err.splitlines()[-1].endswith("start the same command again with --resume.")
    assert err.count("gone without a word") == 1
    epochs = RunFolder.open(folder).status.epoch + 1
    assert run("train", "--out", folder, "--resume", "--epochs", epochs).status == 0


def test_torchrun_starts_anew_what_a_killed_rank_has_ended(small: list[str], pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = ["train", pictures, "--out", folder, *small, "--epochs", "100000"]
    with torchrun(tmp_path, *words, launch=("--max-restarts", "1")) as two:
        wait_for(has_learned(folder))
        before = ranks_of(two.process.pid)
        saved = RunFolder.open(folder).status.step
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda: two.errors_so_far().count("Training on ") == 2)
        two.process.send_signal(signal.SIGTERM)
        _, err = two.said()
    assert "All are started again now" in err
    assert err.splitlines()[-1].endswith(f"vae-explorer train --out {folder} --resume")
    assert RunFolder.open(folder).status.step >= saved > 0


def test_sigterm_saves_and_ends_all(small: list[str], pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with torchrun(tmp_path, "train", pictures, "--out", folder, *small, "--epochs", "100000") as two:
        wait_for((folder / "history.jsonl").exists)
        two.process.send_signal(signal.SIGTERM)
        out, err = two.said()
    assert out == ""
    assert err.count("and saved. To go on:") == 1
    assert "Traceback" not in err
    assert RunFolder.open(folder).status.state == "resumable"


@pytest.mark.parametrize("words", [["--objective", "nonsense"], ["--nonsense"]])
def test_a_mistake_is_told_once(small: list[str], pictures: Path, tmp_path: Path, words: list[str]) -> None:
    with torchrun(tmp_path, "train", pictures, "--out", tmp_path / "run", *small, *words) as two:
        out, err = two.said()
    assert two.process.returncode == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "nonsense" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [["--objective", "nonsense"], ["--nonsense"]])
def test_the_report_of_torchrun_ends_with_the_mistake(
    small: list[str], pictures: Path, tmp_path: Path, words: list[str]
) -> None:
    command = [*TORCHRUN, "-m", "vae_explorer", "train", str(pictures), "--out", str(tmp_path / "run"), *small, *words]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False).stderr
    _, cause = said.split("Root Cause")
    assert "nonsense" in cause
    assert "Traceback" not in cause
    assert "error.html" not in cause


def test_a_rendezvous_that_never_comes_is_told(tmp_path: Path) -> None:
    waited = subprocess.run(
        [sys.executable, "-m", "vae_explorer", "train", "sample:digits", "--out", str(tmp_path / "run")],
        env=os.environ | told(1, 2, unused_port()) | {"LOCAL_RANK": "0", "VAE_EXPLORER_RENDEZVOUS_S": "0.5"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert waited.returncode == 1
    assert waited.stdout == ""
    assert len(waited.stderr.splitlines()) == 1
    assert "The 2 ranks did not all come to localhost:" in waited.stderr
    assert "VAE_EXPLORER_RENDEZVOUS_S" in waited.stderr


def unused_port() -> int:
    import socket

    with socket.socket() as door:
        door.bind(("localhost", 0))
        return int(door.getsockname()[1])


def test_a_full_disk_ends_all_with_one_sentence(small: list[str], pictures: Path, tmp_path: Path) -> None:
    most_bytes = 20_000  # more than anything that is written before the weights, and less than those of a wide network
    command = [*TORCHRUN, "--log-dir", str(tmp_path / "logs"), "--redirects", "2", "-m", "vae_explorer", "train"]
    full = subprocess.run(
        [*command, str(pictures), "--out", str(tmp_path / "run"), *small, "--set", "hidden=512"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    err = "".join(log.read_text() for log in (tmp_path / "logs").rglob("stderr.log"))
    assert full.returncode == 1
    assert full.stdout == ""
    assert err.count("cannot be written: file too large.") == 1
    assert "Traceback" not in err
