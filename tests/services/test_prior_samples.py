from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.companions import FakeModel, config_of, session_with
from vae_explorer.core.latent.prior import Coverage, cover, draw_codes
from vae_explorer.services.decoding import Lane
from vae_explorer.services.prior_samples import COUNT, PriorSamples, Samples
from vae_explorer.services.session import Session
from vae_explorer.services.task import TaskThread


class Heard:
    def __init__(self, samples: PriorSamples) -> None:
        self.samples: list[Samples] = []
        self.coverages: list[Coverage | None] = []
        samples.decoded.connect(self.samples.append)
        samples.covered.connect(self.coverages.append)


@pytest.fixture
def model() -> FakeModel:
    return FakeModel(config_of(3), Path("/runs/first"))


@pytest.fixture
def session(model: FakeModel, qtbot: QtBot) -> Iterator[Session]:
    session = session_with(model)
    yield session
    session.close()


@pytest.fixture
def samples(session: Session, thread: TaskThread) -> Iterator[PriorSamples]:
    samples = PriorSamples(session.store, session.decoding, thread, lambda: session.training.running)
    yield samples
    samples.close()


@pytest.fixture
def heard(samples: PriorSamples) -> Heard:
    return Heard(samples)


def _wait(heard: Heard, qtbot: QtBot, seed: int) -> Samples:
    expected = draw_codes(COUNT, 3, seed)
    qtbot.waitUntil(lambda: bool(heard.samples) and np.array_equal(heard.samples[-1].codes, expected))
    return heard.samples[-1]


def _wait_for_answers(session: Session, qtbot: QtBot) -> None:
    """Wait until a question is answered that was asked after all others."""
    answered: list[int] = []
    session.decoding.decoded.connect(lambda decoded: answered.append(decoded.request))
    number = session.decoding.request(Lane.GRID, np.zeros((1, 3), np.float32))
    qtbot.waitUntil(lambda: number in answered)


def test_nothing_is_asked_for_until_somebody_looks(
    samples: PriorSamples, session: Session, model: FakeModel, qtbot: QtBot
) -> None:
    samples.draw(1)
    _wait_for_answers(session, qtbot)
    assert {len(codes) for codes in model.decoder.asked} == {1}


def test_the_codes_of_a_seed_are_decoded(samples: PriorSamples, heard: Heard, model: FakeModel, qtbot: QtBot) -> None:
    samples.set_active(True)
    drawn = _wait(heard, qtbot, seed=0)
    assert np.array_equal(drawn.pixels, model.decoder.decode(drawn.codes))
    samples.draw(5)
    drawn = _wait(heard, qtbot, seed=5)
    assert np.array_equal(drawn.pixels, model.decoder.decode(drawn.codes))
    assert np.array_equal(samples.codes, drawn.codes)


def test_newer_weights_and_another_class_decode_the_same_codes_anew(
    samples: PriorSamples, heard: Heard, session: Session, model: FakeModel, qtbot: QtBot
) -> None:
    samples.set_active(True)
    codes = _wait(heard, qtbot, seed=0).codes
    session.decoding.swap({"weight": 150})
    qtbot.waitUntil(lambda: heard.samples[-1].pixels.mean() > 140)
    session.decoding.condition(20)
    qtbot.waitUntil(lambda: heard.samples[-1].pixels.mean() > 160)
    assert np.array_equal(heard.samples[-1].codes, codes)
    assert np.array_equal(heard.samples[-1].pixels, model.decoder.decode(codes, 20))


def test_a_model_of_other_dimensions_is_never_asked_for_codes_of_the_one_before(
    samples: PriorSamples, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    samples.set_active(True)
    _wait(heard, qtbot, seed=0)
    other = FakeModel(config_of(5), Path("/runs/other"))
    session.decoding.use(other.decoder)
    session.store.update(model=other.info, embedding=None, probe=(0.0,) * 5)
    qtbot.waitUntil(lambda: heard.samples[-1].codes.shape == (COUNT, 5))
    assert {codes.shape[1] for codes in other.decoder.asked} == {5}


def test_it_is_told_how_prior_and_codes_meet(
    samples: PriorSamples, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    samples.set_active(True)
    embedding = session.store.state.embedding
    assert embedding is not None
    qtbot.waitUntil(lambda: bool(heard.coverages))
    assert heard.coverages[-1] == cover(embedding.mean, draw_codes(COUNT, 3, 0))
    session.store.update(embedding=None)
    assert heard.coverages[-1] is None


def test_unseen_it_follows_nothing(samples: PriorSamples, heard: Heard, session: Session, qtbot: QtBot) -> None:
    samples.set_active(True)
    qtbot.waitUntil(lambda: bool(heard.coverages) and bool(heard.samples))
    samples.set_active(False)
    told = len(heard.samples), len(heard.coverages)
    session.store.update(embedding=None)
    with qtbot.waitSignal(session.decoding.weights_changed):
        session.decoding.swap({"weight": 1})
    _wait_for_answers(session, qtbot)
    assert (len(heard.samples), len(heard.coverages)) == told
