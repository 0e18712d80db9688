"""Models and images that are opened, and what can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from tests.services.sessions import Heard, MakeArray, MakeRun, expected, open_run
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store

# Models


def test_a_model_opens_with_the_images_it_was_trained_on(
    session: Session, heard: Heard, make_run: MakeRun, qtbot: QtBot
) -> None:
    path = make_run(latent_dims=3)
    open_run(session, path, qtbot)
    qtbot.waitUntil(lambda: bool(heard.decoded))
    state = session.store.state
    assert state.model is not None
    assert state.model.run == path
    assert state.probe == (0.0, 0.0, 0.0)
    assert state.images is not None
    assert state.embedding is not None
    assert state.embedding.images is state.images
    assert state.embedding.mean.shape == (40, 3)
    assert np.array_equal(heard.decoded[-1].pixels[0], expected(path, state.probe))
    assert session.settings.values.recent_models == (str(path),)


def test_reconstructions_are_those_of_the_codes(
    session: Session, heard: Heard, make_run: MakeRun, qtbot: QtBot
) -> None:
    path = make_run()
    open_run(session, path, qtbot)
    qtbot.waitUntil(lambda: bool(heard.pairs))
    images, embedding = session.store.state.images, session.store.state.embedding
    assert images is not None
    assert embedding is not None
    for original, reconstruction in zip(heard.pairs[-1].originals, heard.pairs[-1].reconstructions, strict=True):
        index = next(i for i, image in enumerate(images.images) if np.array_equal(image, original))
        assert np.array_equal(reconstruction, expected(path, tuple(embedding.mean[index])))


def test_a_model_of_other_dimensions_is_asked_for_no_codes_of_the_one_before(
    session: Session, heard: Heard, make_run: MakeRun, qtbot: QtBot
) -> None:
    def ask_for_tiles() -> None:
        """Ask as the plane does: by the state of now."""
        session.mosaic.request("tiles", np.zeros((3, len(session.store.state.probe)), np.float32), epoch=0)

    session.mosaic.outdated.connect(ask_for_tiles)
    open_run(session, make_run("first", latent_dims=2), qtbot)
    open_run(session, make_run("second", latent_dims=5), qtbot)
    qtbot.waitUntil(lambda: bool(heard.decoded) and heard.decoded[-1].codes.shape == (1, 5))
    assert heard.failures == []


def test_another_model_takes_over_images_that_fit_it(
    session: Session, make_run: MakeRun, make_array: MakeArray, qtbot: QtBot
) -> None:
    open_run(session, make_run("first"), qtbot)
    images = session.store.state.images
    open_run(session, make_run("second", spec=make_array("others"), latent_dims=5), qtbot)
    assert session.store.state.images is images
    assert session.store.state.embedding is not None
    assert session.store.state.embedding.mean.shape[1] == 5


def test_codes_of_the_model_before_are_not_taken_for_those_of_the_next(
    session: Session, heard: Heard, make_run: MakeRun, gate: Gate, tmp_path: Path, qtbot: QtBot
) -> None:
    first, second = make_run("first"), make_run("second")
    open_run(session, first, qtbot)
    embedding = session.store.state.embedding
    assert embedding is not None
    codes = embedding.mean

    def held_up(*_: Any) -> Any:
        gate()
        return codes, None

    session.embedding.encode(held_up, embedding.images, 1)
    gate.wait_until_reached()
    session.open_model(second, images=str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: bool(heard.failures))
    gate.open()
    qtbot.waitUntil(lambda: not session.embedding._newest.busy)
    assert session.store.state.embedding is None


@pytest.mark.parametrize(("name", "dims"), [("digits-2d", 2), ("digits-10d", 10), ("faces-10d", 10)])
def test_the_sample_brings_its_own_images(
    session: Session, make_run: MakeRun, qtbot: QtBot, name: str, dims: int
) -> None:
    open_run(session, make_run(), qtbot)
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_sample(name)
    assert session.store.state.images is not None
    assert session.store.state.images.source == f"sample:{name.partition('-')[0]}"
    assert len(session.store.state.probe) == dims


# Images


def test_images_that_fit_are_encoded(
    session: Session, heard: Heard, make_run: MakeRun, make_array: MakeArray, qtbot: QtBot
) -> None:
    path = make_run()
    open_run(session, path, qtbot)
    others = make_array("others", count=25)
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_images(others)
    state = session.store.state
    assert state.images is not None
    assert state.images.source == others
    assert state.embedding is not None
    assert state.embedding.images is state.images
    assert len(state.embedding.mean) == 25
    assert heard.mismatched == []
    assert session.settings.values.recent_images[0] == others


def test_images_that_do_not_fit_are_told_of_and_can_be_converted(
    session: Session, heard: Heard, make_run: MakeRun, make_array: MakeArray, qtbot: QtBot
) -> None:
    open_run(session, make_run(), qtbot)
    before = session.store.state.embedding
    with qtbot.waitSignal(session.shape_mismatched):
        session.open_images(make_array("photos", size=16, channels=3))
    photos = heard.mismatched[0]
    assert photos is session.store.state.images
    assert session.store.state.embedding is before, "the plane stays as it is"
    with qtbot.waitSignal(session.embedding.embedded):
        session.convert_images(photos)
    state = session.store.state
    assert state.embedding is not None
    assert state.embedding.images.images.shape == (40, 8, 8, 1)


def test_a_folder_is_opened_as_what_it_is(
    session: Session, make_run: MakeRun, make_array: MakeArray, qtbot: QtBot
) -> None:
    path = make_run()
    with qtbot.waitSignal(session.model_opened):
        session.open_path(path)
    with qtbot.waitSignal(session.dataset.opened):
        session.open_path(Path(make_array("others")))


def test_images_alone_can_be_looked_at_before_there_is_a_model(
    session: Session, heard: Heard, make_array: MakeArray, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.dataset.opened):
        session.open_images(make_array())
    assert session.store.state.images is not None
    assert session.store.state.embedding is None
    assert heard.failures == []


# Bad input


def broken(tmp_path: Path, make_run: MakeRun, file: str, content: bytes) -> Path:
    path = make_run("broken")
    (path / file).write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"schema_version": 99}'),
        ("model.safetensors", b""),
        ("model.safetensors", b"\x10\x00\x00\x00\x00\x00\x00\x00{}"),
    ],
)
def test_a_broken_model_is_one_sentence_and_the_one_before_stays(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot, file: str, content: bytes
) -> None:
    open_run(session, make_run(), qtbot)
    before = session.store.state
    session.open_model(broken(tmp_path, make_run, file, content))
    qtbot.waitUntil(lambda: len(heard.failures) == 1)
    assert heard.failures[0].endswith(".")
    assert "\n" not in heard.failures[0]
    assert session.store.state is before


@pytest.mark.parametrize("act", ["open_images", "open_model", "resume_run"])
def test_a_place_that_is_not_there_is_one_sentence(
    session: Session, heard: Heard, tmp_path: Path, qtbot: QtBot, act: str
) -> None:
    nowhere = tmp_path / "nowhere"
    getattr(session, act)(str(nowhere) if act == "open_images" else nowhere)
    qtbot.waitUntil(lambda: len(heard.failures) == 1)
    assert "nowhere" in heard.failures[0]
    assert session.settings.values.recent_images == session.settings.values.recent_models == ()


def test_which_of_several_arrays_is_read_is_noted(session: Session, heard: Heard, tmp_path: Path, qtbot: QtBot) -> None:
    images = np.zeros((4, 8, 8), np.uint8)
    np.savez(tmp_path / "a.npz", x_test=images[:2], x_train=images)
    session.open_path(tmp_path / "a.npz")
    qtbot.waitUntil(lambda: any("holds more than the images “x_train”" in note for note in heard.notes))


def test_an_engine_that_cannot_be_loaded_is_told(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> None:
    def load_engine() -> Any:
        msg = "No module named 'torch'"
        raise ModuleNotFoundError(msg)

    session = Session(Store(), SettingsFile(tmp_path / "settings.json"))
    with qtbot.waitSignal(session.failed) as failed:
        session.start(load_engine, "cpu")
    assert failed.args == ["ModuleNotFoundError: No module named 'torch'"]
    session.close()
