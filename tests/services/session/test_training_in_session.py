"""The session with the real engine, on models that train in no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeArray, MakeRun, config_for, expected, load_engine, open_run
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.model import load_model
from vae_explorer.core.progress import Snapshot
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services import training
from vae_explorer.services.runs import list_runs
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile, runs_folder
from vae_explorer.services.state import AppState, Store

# Training


def test_training_is_shown_and_kept(session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignals([session.training_started, session.training_ended]):
        session.train(config_for(spec, epochs=30))
    qtbot.waitUntil(lambda: session.store.state.embedding is not None)
    model = session.store.state.model
    assert model is not None
    assert model.run is not None
    assert model.run.parent == runs_folder()
    assert heard.ended[0].finished
    assert session.settings.values.recent_models[0] == str(model.run)


@pytest.fixture
def _snapshots_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let training publish a snapshot with every report."""
    monkeypatch.setattr(training, "SNAPSHOT_EVERY_S", 0.0)


@pytest.mark.parametrize("every_s", [1000.0, 0.0], ids=["over before it is shown", "watched"])
def test_in_the_end_the_window_shows_the_last_weights(
    session: Session,
    heard: Heard,
    make_array: MakeArray,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    every_s: float,
) -> None:
    monkeypatch.setattr(training, "SNAPSHOT_EVERY_S", every_s)
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignal(session.training_ended):
        session.train(config_for(spec, epochs=50))
    qtbot.waitUntil(lambda: session.store.state.model is not None)
    run = session.store.state.model.run if session.store.state.model else None
    assert run is not None
    code = (0.5, -0.5)
    session.store.update(probe=code)
    last = expected(run, code)
    qtbot.waitUntil(lambda: bool(heard.decoded) and np.array_equal(heard.decoded[-1].pixels[0], last))
    images = session.store.state.images
    assert images is not None
    codes = encode_images(load_model(run), images.images).mean
    qtbot.waitUntil(lambda: _shows(session.store.state, codes))


def _shows(state: AppState, codes: Any) -> bool:
    return state.embedding is not None and np.allclose(state.embedding.mean, codes, atol=1e-5)


@pytest.mark.usefixtures("_snapshots_often")
def test_images_opened_after_training_are_encoded_by_the_last_weights(
    session: Session, make_array: MakeArray, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignal(session.training_ended):
        session.train(config_for(spec, epochs=20))
    session.open_images(make_array("others", count=25))
    qtbot.waitUntil(lambda: session.store.state.embedding is not None and len(session.store.state.embedding.mean) == 25)
    state = session.store.state
    assert state.model is not None
    assert state.model.run is not None
    assert state.images is not None
    codes = encode_images(load_model(state.model.run), state.images.images).mean
    assert _shows(state, codes)


def test_training_at_another_shape_reads_the_images_anew(
    session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot
) -> None:
    spec = make_array(size=16)
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignal(session.training_ended):
        session.train(config_for(spec))
    assert session.store.state.images is not None
    assert session.store.state.images.images.shape == (40, 8, 8, 1)


def test_a_reading_that_failed_starts_no_training_later(
    session: Session, heard: Heard, make_array: MakeArray, make_run: MakeRun, qtbot: QtBot
) -> None:
    spec = make_array(size=16)
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    Path(spec).unlink()
    with qtbot.waitSignal(session.dataset.failed):
        session.train(config_for(make_array("others")))
    started: list[Any] = []
    session.training_started.connect(lambda *_: started.append(1))
    open_run(session, make_run(spec=make_array("more")), qtbot)
    assert started == []


@pytest.mark.usefixtures("_snapshots_often")
def test_another_model_can_be_opened_in_mid_training(
    session: Session, heard: Heard, make_array: MakeArray, make_run: MakeRun, qtbot: QtBot
) -> None:
    path, spec = make_run("kept", seed=7), make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, epochs=1_000_000))
    qtbot.waitUntil(lambda: session.store.state.embedding is not None)
    open_run(session, path, qtbot)
    number = session.decoding.generation
    for _ in range(3):
        with qtbot.waitSignal(session.training.stepped, check_params_cb=lambda step: step.snapshot is not None):
            pass
    code = (0.25, 0.75)
    session.store.update(probe=code)
    qtbot.waitUntil(lambda: tuple(map(float, heard.decoded[-1].codes[0])) == code)
    assert np.array_equal(heard.decoded[-1].pixels[0], expected(path, code))
    assert session.decoding.generation == number
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    assert session.store.state.model is not None
    assert session.store.state.model.run == path


def test_a_stopped_run_is_listed_and_resumed(
    session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, epochs=1_000_000))
    with qtbot.waitSignal(session.training.stepped, check_params_cb=lambda step: step.step > 50):
        pass
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    runs: list[Any] = []
    session.keeping.list_runs(runs.extend)
    qtbot.waitUntil(lambda: len(runs) == 1)
    assert runs[0].state == "resumable"
    with qtbot.waitSignal(session.training_started) as started:
        session.resume_run(runs[0].path)
    assert started.args is not None
    assert started.args[1], "the history of before is handed over"
    with qtbot.waitSignal(session.training.stepped, check_params_cb=lambda step: step.step >= heard.ended[0].step):
        pass


@pytest.mark.usefixtures("_snapshots_often")
def test_saving_in_mid_training_keeps_what_is_on_show(
    session: Session, make_array: MakeArray, tmp_path: Path, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, epochs=1_000_000))
    qtbot.waitUntil(lambda: session.store.state.model is not None)
    snapshots: list[Snapshot | None] = []
    session.training.stepped.connect(lambda step: snapshots.append(step.snapshot))
    qtbot.waitUntil(lambda: any(snapshots))
    newest = next(one for one in reversed(snapshots) if one is not None)
    with qtbot.waitSignal(session.noted):
        session.keeping.save_as(tmp_path / "saved")
    saved = RunFolder.open(tmp_path / "saved").load_weights()
    shown = newest.weights
    assert all(torch.equal(saved[name], shown[name]) for name in shown)
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()


def test_closing_in_mid_training_leaves_a_run_to_resume(
    qapp: QApplication, tmp_path: Path, make_array: MakeArray, qtbot: QtBot
) -> None:
    session = Session(Store(), SettingsFile(tmp_path / "settings.json"))
    with qtbot.waitSignal(session.ready):
        session.start(load_engine, "cpu")
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, epochs=1_000_000))
    with qtbot.waitSignal(session.training.stepped, check_params_cb=lambda step: step.step > 10):
        pass
    session.close()
    (run,) = runs_folder().iterdir()
    assert RunFolder.open(run).status.state == "resumable"
    assert RunFolder.open(run).status.step > 10


def test_only_one_training_runs(
    session: Session, heard: Heard, make_array: MakeArray, make_run: MakeRun, qtbot: QtBot
) -> None:
    path, spec = make_run(), make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, epochs=1_000_000))
    session.train(config_for(spec))
    session.resume_run(path)
    assert heard.failures == ["Another training is under way; stop it first."]
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    assert len(list(runs_folder().iterdir())) == 1


def test_a_training_that_cannot_be_kept_is_one_sentence(
    session: Session, make_array: MakeArray, tmp_path: Path, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "runs").write_text("not a folder")
    with qtbot.waitSignal(session.training_failed) as failed:
        session.train(config_for(spec))
    assert failed.args is not None
    assert failed.args[0].endswith("cannot be written: not a directory.")
    assert not session.training.running


def test_what_was_stopped_goes_on(session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignal(session.training.stepped):
        session.train(config_for(spec, epochs=1_000_000))
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    assert not heard.ended[0].finished
    stopped_at = heard.ended[0].step
    with qtbot.waitSignal(session.training.stepped, check_params_cb=lambda step: step.step > stopped_at):
        session.go_on()
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    assert len(list_runs(runs_folder())) == 1, "the same run went on"


def test_training_that_cannot_begin_starts_nothing(
    session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    started: list[object] = []
    session.training_started.connect(started.append)
    session.train(config_for(spec, batch_size=5000))
    assert heard.failures == ["The batch size 5000 is larger than the 36 images to train on; choose at most 36."]
    assert not started
    assert not runs_folder().exists()
