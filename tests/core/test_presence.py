import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.core.trainings import every_step, watch
from vae_explorer.core import presence
from vae_explorer.core.errors import UserError
from vae_explorer.core.presence import LIVE, Beat, Presence, parse_beat, read_live, refuse_if_trained
from vae_explorer.core.progress import TrainStep
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import train


@pytest.fixture
def folder(tmp_path, config):
    return RunFolder.create(tmp_path / "run", config)


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(presence, "BEAT_EVERY_S", 0.02)
    monkeypatch.setattr(presence, "SILENT_AFTER_S", 0.5)
    monkeypatch.setattr(presence, "_LOOK_EVERY_S", 0.01)


def left(folder: Path, **wishes: Any) -> None:
    """Leave the file of a trainer that ended without a word."""
    beat = {"host": "far", "pid": 7, "token": "another", "step": 3, "total_steps": 9} | wishes
    (folder / LIVE).write_text(Beat.model_validate(beat).model_dump_json())


def told(folder: Path) -> Beat:
    """What the trainer of a run tells of itself."""
    raw = read_live(folder)
    assert raw is not None
    beat = parse_beat(raw)
    assert beat is not None
    return beat


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_trainer_tells_of_itself_and_leaves_nothing(folder, config, images):
    steps = train(config, images, folder, every_step())
    next(steps)
    beat = told(folder.path)
    assert (beat.pid, beat.paused) == (os.getpid(), False)
    steps.close()
    assert read_live(folder.path) is None
    assert not list(folder.path.glob(".*"))


@pytest.mark.usefixtures("fast")
def test_beats_go_on_while_a_step_takes_long(folder):
    with Presence(folder.path) as here:
        here.tell(TrainStep(4, 9, 2, 3, 1.0, 2.5, 100.0), paused=True)
        seen: set[Beat] = set()
        deadline = time.monotonic() + 30
        while len(seen) < 4 and time.monotonic() < deadline:
            seen.add(told(folder.path))
    later = [beat for beat in seen if beat.count]
    assert len(seen) == 4
    assert {(beat.step, beat.total_steps, beat.paused, beat.remaining_s) for beat in later} == {(4, 9, True, 2.5)}
    assert len({beat.token for beat in seen}) == 1


@pytest.mark.usefixtures("fast")
def test_nobody_else_trains_meanwhile(folder, config, images):
    watch(config, images, folder, stop_at=3)
    longer = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 5})})
    steps = train(longer, images, folder, every_step(), resume=True)
    next(steps)
    before = (folder.path / "resume.safetensors").read_bytes()
    with pytest.raises(UserError, match=rf"“run” is being trained by .+ \(process {os.getpid()}\): it can be watched"):
        watch(config, images, folder, resume=True)
    assert (folder.path / "resume.safetensors").read_bytes() == before
    assert read_live(folder.path) is not None
    steps.close()
    assert watch(longer, images, folder, resume=True).result.finished


def test_what_a_process_that_was_killed_has_left_is_passed_over_at_once(folder, config, images):
    with Presence(folder.path) as here:
        space = told(folder.path).pid_space
    left(folder.path, pid=dead_pid(), pid_space=space)
    began = time.monotonic()
    refuse_if_trained(folder.path)
    assert time.monotonic() - began < presence.SILENT_AFTER_S / 2
    assert watch(config, images, folder).result.finished
    assert read_live(folder.path) is None
    assert not here.is_lost


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("content", [b"", b'{"host": "far', b"[]"])
def test_what_another_host_has_left_is_passed_over_when_it_stays_silent(folder, config, images, content):
    left(folder.path)
    if content:
        (folder.path / LIVE).write_bytes(content)
    began = time.monotonic()
    assert watch(config, images, folder).result.finished
    assert time.monotonic() - began >= presence.SILENT_AFTER_S


@pytest.mark.usefixtures("fast")
def test_a_trainer_that_ends_while_it_is_looked_at_is_no_obstacle(folder, monkeypatch):
    left(folder.path)
    monkeypatch.setattr(time, "sleep", lambda _seconds: (folder.path / LIVE).unlink())
    refuse_if_trained(folder.path)


@pytest.mark.usefixtures("fast")
def test_a_run_that_was_taken_over_meanwhile_is_not_written_to(folder, config, images):
    """As after a laptop's sleep: the other one has gone on from what was saved."""
    steps = train(config, images, folder, every_step())
    next(steps)
    left(folder.path)
    time.sleep(0.2)
    saved = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    with pytest.raises(UserError, match=r"is being trained by far \(process 7\)"):
        list(steps)
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == saved


@pytest.mark.usefixtures("fast")
def test_closing_a_training_that_lost_its_run_saves_nothing(folder, config, images):
    steps = train(config, images, folder, every_step())
    next(steps)
    left(folder.path)
    time.sleep(0.2)
    saved = (folder.path / "resume.safetensors").stat()
    steps.close()
    assert (folder.path / "resume.safetensors").stat() == saved
    assert read_live(folder.path) is not None


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UserError, match="cannot be written"), Presence(tmp_path / "nowhere"):
        pytest.fail("it began")


def test_without_a_folder_there_is_nobody_to_tell(config, images):
    assert watch(config, images).result.finished


@pytest.mark.usefixtures("fast")
def test_a_pause_is_told(folder, config, images):
    control = every_step()
    steps = train(config, images, folder, control)
    next(steps)
    control.running.clear()
    next(steps)
    deadline = time.monotonic() + 30
    while not told(folder.path).paused and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told(folder.path).paused
    steps.close()
