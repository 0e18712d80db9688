"""The session with a conditional model: the class on show, and what the labels of images are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeArray, MakeRun, config_for, open_run
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.session import Session

NAMES = ("cat", "dog", "owl")


@pytest.fixture
def labelled(tmp_path: Path) -> str:
    """Images with labels, in a file."""
    pixels = np.random.default_rng(0).integers(0, 256, (42, 8, 8), np.uint8)
    np.savez(tmp_path / "labelled.npz", images=pixels, labels=np.array(NAMES)[np.arange(42) % 3])
    return str(tmp_path / "labelled.npz")


@pytest.fixture
def conditional(make_run: MakeRun, labelled: str) -> Path:
    return make_run("conditional", spec=labelled, objective="cvae", epochs=20)


def decoded_as(path: Path, code: Any, label: int) -> Any:
    folder = RunFolder.open(path)
    return Decoder(folder.config, folder.load_weights()).decode(np.array([code], np.float32), label)[0]


def test_turning_the_class_decodes_probe_and_mosaic_anew(
    session: Session, heard: Heard, conditional: Path, qtbot: QtBot
) -> None:
    open_run(session, conditional, qtbot)
    qtbot.waitUntil(lambda: bool(heard.decoded))
    assert session.store.state.condition == 0
    with qtbot.waitSignal(session.mosaic.outdated):
        session.store.update(condition=2)
    qtbot.waitUntil(lambda: heard.decoded[-1].generation == session.decoding.generation)
    shown = heard.decoded[-1].pixels[0]
    assert np.array_equal(shown, decoded_as(conditional, (0, 0), 2))
    assert not np.array_equal(shown, decoded_as(conditional, (0, 0), 0))


def test_in_mid_training_the_mosaic_follows_the_class_at_once(
    session: Session, conditional: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    open_run(session, conditional, qtbot)
    monkeypatch.setattr(type(session.training), "running", True)
    session.mosaic.give_way(1000)
    with qtbot.waitSignal(session.mosaic.outdated):
        session.store.update(condition=1)
    monkeypatch.undo()


def test_an_image_is_taken_with_its_class(session: Session, heard: Heard, conditional: Path, qtbot: QtBot) -> None:
    open_run(session, conditional, qtbot)
    session.go_to_image(4)
    state = session.store.state
    assert (state.original, state.condition) == (4, 1)
    expected = decoded_as(conditional, state.probe, 1)
    qtbot.waitUntil(lambda: bool(heard.decoded) and np.array_equal(heard.decoded[-1].pixels[0], expected))


def test_reconstructions_are_decoded_as_what_they_are(
    session: Session, heard: Heard, conditional: Path, qtbot: QtBot
) -> None:
    open_run(session, conditional, qtbot)
    qtbot.waitUntil(lambda: bool(heard.pairs))
    images, embedding = session.store.state.images, session.store.state.embedding
    assert images is not None
    assert embedding is not None
    for original, reconstruction in zip(heard.pairs[-1].originals, heard.pairs[-1].reconstructions, strict=True):
        index = next(i for i, image in enumerate(images.images) if np.array_equal(image, original))
        assert np.array_equal(reconstruction, decoded_as(conditional, embedding.mean[index], index % 3))


def test_another_model_begins_with_its_first_class(
    session: Session, heard: Heard, conditional: Path, make_run: MakeRun, qtbot: QtBot
) -> None:
    open_run(session, conditional, qtbot)
    session.store.update(condition=2)
    open_run(session, make_run("plain"), qtbot)
    assert session.store.state.condition == 0
    assert heard.failures == []


def test_images_without_labels_are_refused_and_the_model_goes_on(
    session: Session, heard: Heard, conditional: Path, make_array: MakeArray, qtbot: QtBot
) -> None:
    open_run(session, conditional, qtbot)
    before = session.store.state.embedding
    session.open_images(make_array("unlabelled"))
    qtbot.waitUntil(lambda: bool(heard.failures))
    assert heard.failures == ["“unlabelled.npy” has no labels, which this conditional model needs."]
    assert session.store.state.embedding is before
    with qtbot.waitSignal(session.image_decoded):
        session.store.update(condition=1, probe=(0.5, 0.5))


def test_a_conditional_model_leaves_images_whose_labels_it_does_not_know(
    session: Session, heard: Heard, conditional: Path, make_array: MakeArray, labelled: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(make_array("unlabelled"))
    open_run(session, conditional, qtbot)
    assert session.store.state.images is not None
    assert session.store.state.images.source == labelled
    assert heard.failures == []


def test_it_is_trained_on_the_labels_of_the_images_and_followed(
    session: Session, heard: Heard, labelled: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(labelled)
    config = config_for(labelled, objective="vae")
    wish = config.model_copy(update={"objective": config.objective.model_copy(update={"name": "cvae"})})
    with qtbot.waitSignals([session.training_ended, session.embedding.embedded]):
        session.train(wish)
    model = session.store.state.model
    assert model is not None
    assert model.classes == NAMES
    assert heard.failures == []


def test_without_labels_it_is_not_trained(session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot) -> None:
    spec = make_array("unlabelled")
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(spec)
    session.train(config_for(spec, objective="cvae"))
    assert not session.training.running
    assert len(heard.failures) == 1
    assert "needs labels, and “unlabelled.npy” has none" in heard.failures[0]


def test_a_conditional_model_comes_back_from_onnx_with_its_classes(
    session: Session, heard: Heard, conditional: Path, labelled: str, qtbot: QtBot, tmp_path: Path
) -> None:
    export_model(load_model(conditional), "onnx", tmp_path / "graphs")
    with qtbot.waitSignal(session.model_opened):
        session.open_path(tmp_path / "graphs")
    model = session.store.state.model
    assert model is not None
    assert model.classes == NAMES
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_images(labelled)
    heard.decoded.clear()
    session.store.update(condition=2, probe=(0.5, -0.5))
    qtbot.waitUntil(lambda: bool(heard.decoded) and heard.decoded[-1].generation == session.decoding.generation)
    expected = decoded_as(conditional, (0.5, -0.5), 2).astype(int)
    assert np.abs(heard.decoded[-1].pixels[0] - expected).max() <= 1
    assert not heard.failures
