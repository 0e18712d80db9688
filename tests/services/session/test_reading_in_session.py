"""What images are read for: to be shown, to be trained on, or to go on with a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from tests.services.sessions import Heard, MakeArray, MakeRun, config_for, load_engine, open_run
from vae_explorer.core.data.base import read_images
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services import dataset
from vae_explorer.services.session import Session


@pytest.fixture
def hold_up(monkeypatch: pytest.MonkeyPatch, gate: Gate) -> Callable[[str], None]:
    """Return a function: from then on reading these images waits at the gate."""

    def hold(spec: str) -> None:
        def read(wanted: str, *rest: Any) -> Any:
            if wanted == spec:
                gate()
            return read_images(wanted, *rest)

        monkeypatch.setattr(dataset, "read_images", read)

    return hold


@pytest.fixture
def started(session: Session) -> list[Any]:
    trainings: list[Any] = []
    session.training_started.connect(lambda config, _history: trainings.append(config))
    return trainings


def test_training_reads_the_images_as_its_run_says_it_did(
    session: Session, started: list[Any], make_array: MakeArray, qtbot: QtBot
) -> None:
    spec = make_array()
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    with qtbot.waitSignal(session.training_ended):
        session.train(config_for(spec, fit="pad"))
    assert started[0].data.fit == "pad"
    assert session.store.state.images is not None
    assert session.store.state.images.shape == started[0].data.shape


def test_images_of_the_models_size_are_fitted_as_it_asks_for(
    session: Session, heard: Heard, make_array: MakeArray, make_run: MakeRun, qtbot: QtBot
) -> None:
    open_run(session, make_run(), qtbot)
    assert session.store.state.model is not None
    padding = session.store.state.model.config.model_copy(
        update={"data": session.store.state.model.config.data.model_copy(update={"fit": "pad"})}
    )
    assert session.store.state.images is not None
    RunFolder.open(session.store.state.model.run or "").write_config(padding)
    open_run(session, session.store.state.model.run or Path(), qtbot)
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_images(make_array("others", count=25))
    assert session.store.state.embedding is not None
    assert session.store.state.embedding.images.shape.fit == "pad"
    assert len(session.store.state.embedding.images) == 25
    assert heard.mismatched == []


def test_a_model_opened_meanwhile_takes_the_images_from_a_training_to_come(
    session: Session,
    started: list[Any],
    make_array: MakeArray,
    make_run: MakeRun,
    hold_up: Callable[[str], None],
    gate: Gate,
    qtbot: QtBot,
) -> None:
    run, large, others = make_run(), make_array("large", size=16), make_array("others", count=25)
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(large)
    hold_up(large)
    session.train(config_for(large))
    gate.wait_until_reached()
    with qtbot.waitSignal(session.model_opened):
        session.open_model(run, images=others)
    with qtbot.waitSignal(session.embedding.embedded):
        gate.open()
    assert started == []
    assert session.store.state.embedding is not None
    assert len(session.store.state.embedding.images) == 25


def test_the_reading_for_a_resume_can_be_cancelled(
    session: Session,
    started: list[Any],
    make_array: MakeArray,
    make_run: MakeRun,
    hold_up: Callable[[str], None],
    gate: Gate,
    qtbot: QtBot,
) -> None:
    spec = make_array()
    run = make_run(spec=spec)
    hold_up(spec)
    session.resume_run(run)
    with qtbot.waitSignal(session.dataset.started):
        pass
    gate.wait_until_reached()
    with qtbot.waitSignal(session.dataset.cancelled):
        session.dataset.cancel()
        gate.open()
    open_run(session, make_run("another", spec=make_array("others")), qtbot)
    assert started == []


def test_a_resume_that_another_training_overtook_says_so(
    session: Session,
    heard: Heard,
    started: list[Any],
    make_array: MakeArray,
    make_run: MakeRun,
    hold_up: Callable[[str], None],
    gate: Gate,
    qtbot: QtBot,
) -> None:
    spec, others = make_array(), make_array("others")
    run = make_run(spec=spec)
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(others)
    hold_up(spec)
    session.resume_run(run)
    with qtbot.waitSignal(session.dataset.started):
        pass
    gate.wait_until_reached()
    session.train(config_for(others, epochs=1_000_000))
    with qtbot.waitSignal(session.failed):
        gate.open()
    assert heard.failures == ["Another training is under way; stop it first."]
    assert [config.data.source for config in started] == [others]
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()


def test_the_history_that_a_resume_hands_over_ends_where_training_goes_on(make_run: MakeRun) -> None:
    folder = RunFolder.open(make_run())
    last = folder.read_history()[-1]
    folder.append_history(last | {"step": last["step"] + 1})
    _config, history, _steps = load_engine().prepare_resume(folder.path, "auto")
    assert history[-1]["step"] == last["step"] == folder.status.step


@pytest.mark.parametrize(
    ("before", "asked", "goes_on_with"), [("cpu", "auto", "cpu"), ("cuda:7", "auto", "auto"), ("cuda:7", "cpu", "cpu")]
)
def test_a_resume_goes_on_with_the_device_of_before(
    make_run: MakeRun, before: str, asked: str, goes_on_with: str
) -> None:
    folder = RunFolder.open(make_run())
    training = folder.config.training.model_copy(update={"device": before})
    folder.write_config(folder.config.model_copy(update={"training": training}))
    config, _history, _steps = load_engine().prepare_resume(folder.path, asked)
    assert config.training.device == goes_on_with


def test_the_probe_stays_with_the_image_whose_code_it_took(session: Session, make_run: MakeRun, qtbot: QtBot) -> None:
    open_run(session, make_run(), qtbot)
    session.go_to_image(3)
    before = session.store.state.embedding
    assert before is not None
    moved = before.mean + np.float32(0.5)
    with qtbot.waitSignal(session.embedding.embedded):
        session.embedding.encode(lambda *_: (moved, None), before.images, 2)
    assert session.store.state.original == 3
    assert session.store.state.probe == tuple(map(float, moved[3]))
