import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from tests.core.test_presence import dead_pid, left, told
from tests.core.trainings import LAST, every_step, watch
from vae_explorer.core import schedule, watching
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model
from vae_explorer.core.presence import LIVE, Presence
from vae_explorer.core.run_folder import HISTORY, WEIGHTS, HistoryLine, RunFolder
from vae_explorer.core.training import train
from vae_explorer.core.watching import HistoryTail, RunWatch


@pytest.fixture
def folder(tmp_path, config):
    return RunFolder.create(tmp_path / "run", config)


def test_a_run_that_rests_has_nothing_new_after_its_history(uninterrupted):
    watched = RunWatch(uninterrupted.path)
    first, second = watched.look(), watched.look()
    assert list(first.history) == uninterrupted.read_history()
    assert (second.history, second.weights, second.state, second.is_rewritten) == ((), None, "resting", False)
    assert second.status.state == "finished"


def test_a_training_is_followed_step_by_step(folder, config, images, monkeypatch):
    monkeypatch.setattr(schedule, "WATCHERS_SHARE", 1e9)
    steps = train(config, images, folder, every_step(publish_every_s=0.0))
    next(steps)
    watched = RunWatch(folder.path)
    assert watched.look().state == "training"
    lines: list[HistoryLine] = []
    weights: list[tuple[int, Mapping[str, torch.Tensor]]] = []
    for _moment in steps:
        glimpse = watched.look()
        lines += glimpse.history
        if glimpse.weights is not None and glimpse.step is not None:
            weights.append((glimpse.step, glimpse.weights))
    last = watched.look()
    assert (last.state, last.status.step) == ("resting", LAST)
    assert lines + list(last.history) == folder.read_history()
    seen = [step for step, _ in weights]
    assert seen == sorted(set(seen))
    assert len(seen) > LAST / 2
    known = folder.load_weights()
    newest = last.weights or weights[-1][1]
    assert all(torch.equal(newest[name], known[name]) for name in known)


def test_weights_come_with_saves_alone_where_that_is_asked_for(folder, config, images):
    steps = train(config, images, folder, every_step(publish_every_s=None))
    next(steps)
    watched = RunWatch(folder.path)
    for _ in range(4):
        next(steps)
    assert watched.look().weights is None
    steps.close()
    assert watched.look().weights is not None


def test_a_run_that_goes_on_tells_its_history_anew(folder, config, images):
    watch(config, images, folder, stop_at=6)
    watched = RunWatch(folder.path)
    watched.look()
    longer = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 5})})
    watch(longer, images, folder, resume=True)
    glimpse = watched.look()
    assert glimpse.is_rewritten
    assert list(glimpse.history) == folder.read_history()


def test_a_line_is_told_once_it_is_whole(tmp_path):
    path = tmp_path / HISTORY
    tail = HistoryTail(path)
    assert tail.read() == ([], False)
    path.write_bytes(b'{"step": 1}\n{"st')
    assert [line["step"] for line in tail.read()[0]] == [1]
    with path.open("ab") as file:
        file.write(b'ep": 2}\nno line\n{"step": 3}\n')
    assert [line["step"] for line in tail.read()[0]] == [2, 3]
    path.write_bytes(b'{"step": 1}\n')
    assert tail.read()[1]
    path.unlink()
    assert tail.read() == ([], True)


def test_a_trainer_that_was_killed_is_silent(folder, config, images):
    watch(config, images, folder, stop_at=3)
    with Presence(folder.path):
        space = told(folder.path).pid_space
    left(folder.path, pid=dead_pid(), pid_space=space)
    assert RunWatch(folder.path).look().state == "silent"


def test_a_trainer_elsewhere_is_silent_after_a_while_and_may_come_back(folder, config, images, monkeypatch):
    watch(config, images, folder, stop_at=3)
    left(folder.path)
    watched = RunWatch(folder.path)
    assert watched.look().state == "training"
    monkeypatch.setattr(watching, "SILENT_AFTER_S", 0.0)
    assert watched.look().state == "silent"
    monkeypatch.undo()
    left(folder.path, count=5, paused=True)
    assert watched.look().state == "paused"


def test_what_was_left_long_ago_is_no_sign_of_life(folder, config, images, monkeypatch):
    watch(config, images, folder, stop_at=3)
    left(folder.path)
    monkeypatch.setattr(watching, "LONG_AGO_S", -1.0)
    monkeypatch.setattr(watching, "SILENT_AFTER_S", -1.0)
    assert RunWatch(folder.path).look().state == "silent"


def test_a_half_written_sign_of_life_is_one(folder, config, images):
    watch(config, images, folder, stop_at=3)
    (folder.path / LIVE).write_bytes(b"")
    glimpse = RunWatch(folder.path).look()
    assert (glimpse.state, glimpse.beat) == ("training", None)


def test_a_folder_that_vanishes_is_one_sentence_and_may_come_back(uninterrupted, tmp_path):
    watched = RunWatch(uninterrupted.path)
    watched.look()
    uninterrupted.path.rename(tmp_path / "away")
    with pytest.raises(UserError, match="is gone, or can't be reached"):
        watched.look()
    shutil.copytree(tmp_path / "away", uninterrupted.path)
    assert watched.look().state == "resting"


def other_network(weights):
    return {name: torch.zeros(3) for name in weights}


def not_finite(weights):
    return {name: tensor * torch.nan for name, tensor in weights.items()}


@pytest.mark.parametrize(
    ("change", "words"), [(other_network, "holds another model"), (not_finite, "are not all finite numbers")]
)
def test_weights_that_are_of_no_use_are_one_sentence(uninterrupted, config, change, words):
    watched = RunWatch(uninterrupted.path)
    uninterrupted.save_weights(change(uninterrupted.load_weights()))
    with pytest.raises(UserError, match=words):
        watched.look()
    uninterrupted.save_weights(Model.from_config(config).state_dict(), step=12)
    assert watched.look().step == 12


def test_weights_that_are_cut_short_are_read_again_when_they_are_whole(uninterrupted):
    watched = RunWatch(uninterrupted.path)
    whole = (uninterrupted.path / WEIGHTS).read_bytes()
    (uninterrupted.path / WEIGHTS).write_bytes(whole[:-5])
    for _ in range(2):
        with pytest.raises(UserError, match="damaged or incomplete"):
            watched.look()
    (uninterrupted.path / WEIGHTS).write_bytes(whole)
    assert watched.look().weights is not None


def test_weights_without_a_step_are_weights(uninterrupted):
    watched = RunWatch(uninterrupted.path)
    uninterrupted.save_weights(uninterrupted.load_weights())
    glimpse = watched.look()
    assert glimpse.weights is not None
    assert glimpse.step is None


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOTCONN])
def test_a_mount_that_has_gone_is_one_sentence_and_followed_again(uninterrupted, monkeypatch, number):
    watched = RunWatch(uninterrupted.path)

    def refuse(path, **_):
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        with pytest.raises(UserError) as told:
            watched.look()
    assert os.strerror(number).lower() in str(told.value).lower()
    assert watched.look().state == "resting"
