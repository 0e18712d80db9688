from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from tests.services.companions import FakeModel, config_of, images_of, session_with
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.candidates import Candidate
from vae_explorer.services.companion import Companion
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.selection import Selection
from vae_explorer.services.session import Session
from vae_explorer.services.state import Embedding

FIRST = Path("/runs/first")
MakeCompanion = Callable[..., "Stage"]


class Stage:
    """A session, a companion, and what that one says."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.companion = Companion(session)
        self.decoded: list[Decoded] = []
        self.listed: list[list[Candidate]] = []
        self.failures: list[str] = []
        self._qtbot = qtbot
        self.companion.image_decoded.connect(self.decoded.append)
        self.companion.listed.connect(self.listed.append)
        self.companion.failed.connect(self.failures.append)

    def open(self, model: FakeModel, *, encodes: bool = True) -> None:
        """Open a model and wait until it shows its image and, where it encodes, all images."""
        assert model.info.run is not None
        self.companion.open(model.info.run)
        self._qtbot.waitUntil(lambda: self.companion.store.state.model is model.info)
        self._qtbot.waitUntil(lambda: bool(model.decoder.asked) and bool(self.decoded))
        if encodes:
            self._qtbot.waitUntil(lambda: self.companion.store.state.embedding is not None)

    def shows(self, model: FakeModel, probe: tuple[float, ...], condition: int = 0) -> None:
        """Wait until the second image is what the model decodes there."""
        expected = model.decoder.decode(np.array([probe], np.float32), condition)
        self._qtbot.waitUntil(lambda: bool(self.decoded) and np.array_equal(self.decoded[-1].pixels, expected))

    def close(self) -> None:
        self.companion.close()
        self.session.close()


def _first(dims: int = 2, **wishes: object) -> FakeModel:
    return FakeModel(config_of(dims, **wishes), FIRST)  # type: ignore[arg-type]


def _second(dims: int = 2, objective: str = "ae", **wishes: object) -> FakeModel:
    return FakeModel(config_of(dims, objective, **wishes), Path("/runs/second"), 50, 5)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))


@pytest.fixture
def make_stage(qtbot: QtBot) -> Iterator[MakeCompanion]:
    stages: list[Stage] = []

    def make(first: FakeModel, *others: FakeModel, active: bool = True) -> Stage:
        stages.append(Stage(session_with(first, *others), qtbot))
        if active:
            stages[-1].companion.set_active(True)
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()


def test_a_model_opens_at_the_place_of_the_first_with_the_same_images(make_stage: MakeCompanion) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    stage.session.store.update(probe=(3.0, 4.0), plane_dims=(1, 0))
    stage.open(second)
    state = stage.companion.store.state
    assert (state.probe, state.plane_dims) == ((3.0, 4.0), (1, 0))
    assert state.images is stage.session.store.state.images
    assert state.embedding is not None
    assert state.images is not None
    assert np.array_equal(state.embedding.mean, second.codes(state.images))
    stage.shows(second, (3.0, 4.0))


@pytest.mark.parametrize("moved", ["first", "second"])
def test_either_moves_both_and_the_second_decodes_where_it_is(make_stage: MakeCompanion, moved: str) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    stage.open(second)
    store = stage.session.store if moved == "first" else stage.companion.store
    store.update(probe=(7.0, 1.0))
    stage.shows(second, (7.0, 1.0))
    assert stage.session.store.state.probe == stage.companion.store.state.probe == (7.0, 1.0)


def test_with_other_dimensions_it_has_a_place_of_its_own(make_stage: MakeCompanion) -> None:
    second = _second(3)
    stage = make_stage(_first(2), second)
    stage.session.store.update(probe=(3.0, 4.0))
    stage.open(second)
    assert not stage.companion.link.is_same_space
    assert stage.companion.store.state.probe == (0.0, 0.0, 0.0)
    stage.companion.store.update(probe=(9.0, 0.0, 0.0))
    stage.shows(second, (9.0, 0.0, 0.0))
    assert stage.session.store.state.probe == (3.0, 4.0)


def test_other_images_are_encoded_too(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    stage.open(second)
    others = images_of(10, seed=3)
    told: list[Embedding | None] = []
    stage.companion.store.changed.connect(lambda _old, new: told.append(new.embedding))
    stage.session.store.update(images=others)
    qtbot.waitUntil(lambda: bool(told) and told[-1] is not None)
    assert told[0] is None, "those of before are taken away at once"
    assert told[-1] is not None
    assert told[-1].images is others


def test_what_is_selected_is_selected_in_both_where_both_show_it(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    some, others = Selection(np.array([1, 5])), Selection(np.array([23]))
    stage.session.store.update(selection=some)
    stage.open(second)
    qtbot.waitUntil(lambda: stage.companion.store.state.selection == some)
    stage.companion.store.update(selection=others)
    assert stage.session.store.state.selection == others
    stage.session.store.update(images=images_of(10, seed=3))
    assert stage.session.store.state.selection == others, "the first still shows the images of before"
    qtbot.waitUntil(lambda: stage.companion.store.state.embedding is not None)
    selected = [stage.companion.store.state.selection]
    stage.session.store.update(selection=some)
    stage.companion.link._catch_up()
    selected.append(stage.companion.store.state.selection)
    assert selected == [None, None]


def test_images_that_it_does_not_take_are_left_alone(make_stage: MakeCompanion) -> None:
    second = _second(size=16)
    stage = make_stage(_first(), second)
    stage.open(second, encodes=False)
    assert second.encoded == []
    stage.shows(second, (0.0, 0.0))
    assert not stage.companion.takes_shape
    assert stage.failures == []


def test_a_conditional_model_needs_labels_that_it_knows(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second(objective="vae", classes=("red", "green"))
    stage = make_stage(_first(), second)
    stage.open(second)
    taken: list[bool] = [stage.companion.takes_labels]
    stage.session.store.update(images=images_of(10, labelled=False))
    taken.append(stage.companion.takes_labels)
    assert taken == [True, False]
    assert len(second.encoded) == 1


def test_the_class_of_one_is_that_of_both_where_they_know_the_same(make_stage: MakeCompanion) -> None:
    classes = ("red", "green")
    second = _second(objective="vae", classes=classes)
    stage = make_stage(_first(classes=classes), second)
    stage.session.store.update(condition=1)
    stage.open(second)
    stage.shows(second, (0.0, 0.0), condition=1)
    stage.session.store.update(condition=0)
    stage.shows(second, (0.0, 0.0), condition=0)


def test_what_is_no_run_is_said_and_changes_nothing(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    stage.open(second)
    stage.companion.open(Path("/runs/nowhere"))
    qtbot.waitUntil(lambda: bool(stage.failures))
    assert stage.failures == ["“nowhere” is no run."]
    assert stage.companion.store.state.model is second.info


def test_the_same_model_twice_is_fine(make_stage: MakeCompanion) -> None:
    first = _first()
    stage = make_stage(first)
    stage.open(first)
    stage.shows(first, (0.0, 0.0))


def test_nothing_is_asked_for_until_it_is_active(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), second, active=False)
    stage.companion.open(Path("/runs/second"))
    qtbot.waitUntil(lambda: stage.companion.store.state.model is second.info)
    stage.session.store.update(probe=(2.0, 2.0))
    assert second.decoder.asked == []
    assert second.encoded == []
    assert stage.listed == []
    stage.companion.set_active(True)
    stage.shows(second, (2.0, 2.0))
    qtbot.waitUntil(lambda: stage.companion.store.state.embedding is not None)


def test_both_draw_the_same_codes(make_stage: MakeCompanion, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), second)
    stage.open(second)
    companion = stage.companion
    with qtbot.waitSignals([companion.first_samples.decoded, companion.samples.decoded]):
        companion.draw(4)
    assert np.array_equal(companion.first_samples.codes, companion.samples.codes)


@pytest.fixture
def twin(tmp_path: Path) -> FakeModel:
    """A plain autoencoder among the window's own runs."""
    config = config_of(objective="ae")
    run = RunFolder.create(tmp_path / "runs" / "twin", config)
    run.save_weights({"weight": torch.zeros(1)})
    run.append_history({"step": 1, "epoch": 1})
    return FakeModel(config, run.path)


def test_the_counterpart_of_the_first_opens_by_itself(make_stage: MakeCompanion, twin: FakeModel, qtbot: QtBot) -> None:
    stage = make_stage(_first(), twin)
    qtbot.waitUntil(lambda: stage.companion.store.state.model is twin.info)
    assert twin.info.run in [candidate.path for candidate in stage.listed[-1]]


def test_the_counterpart_is_opened_once(make_stage: MakeCompanion, twin: FakeModel, qtbot: QtBot) -> None:
    stage = make_stage(_first(), twin)
    models: list[ModelInfo | None] = []
    stage.companion.store.changed.connect(lambda _old, new: models.append(new.model))
    stage.companion.refresh()
    qtbot.waitUntil(lambda: len(stage.listed) == 2 and stage.companion.store.state.embedding is not None)
    with qtbot.waitSignal(stage.companion.listed):
        stage.companion.refresh()
    assert len(twin.encoded) == 1
    assert set(models) == {twin.info}


def test_what_the_person_has_chosen_stays(make_stage: MakeCompanion, twin: FakeModel, qtbot: QtBot) -> None:
    second = _second()
    stage = make_stage(_first(), twin, second)
    stage.open(second)
    with qtbot.waitSignal(stage.companion.listed):
        stage.companion.refresh()
    with qtbot.waitSignal(stage.companion.listed):
        stage.companion.refresh()
    assert stage.companion.store.state.model is second.info
