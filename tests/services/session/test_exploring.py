"""The session with the real engine, on models that train in no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from tests.services.sessions import Heard, MakeArray, MakeRun, expected, open_run
from vae_explorer.core.exporters.base import exporters
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


def test_a_model_is_saved_under_a_new_name(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    path, target = make_run(), tmp_path / "kept"
    open_run(session, path, qtbot)
    session.save_model_as(target)
    qtbot.waitUntil(lambda: heard.notes == [f"Saved to {target}"])
    assert sorted(file.name for file in target.iterdir()) == sorted(file.name for file in path.iterdir())
    assert (target / "model.safetensors").read_bytes() == (path / "model.safetensors").read_bytes()
    assert session.settings.values.recent_models[0] == str(target)


def test_saving_overwrites_nothing(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "diary.txt").write_text("mine")
    open_run(session, make_run(), qtbot)
    session.save_model_as(tmp_path / "kept")
    qtbot.waitUntil(lambda: bool(heard.failures))
    assert heard.failures == ["“kept” exists already; choose another name, so that nothing is overwritten."]
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["diary.txt"]


def test_saving_where_there_is_no_folder_is_one_sentence(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    open_run(session, make_run(), qtbot)
    session.save_model_as(tmp_path / "nowhere" / "kept")
    qtbot.waitUntil(lambda: bool(heard.failures))
    target = tmp_path / "nowhere" / "kept"
    assert heard.failures == [f"The model could not be saved to “{target}”: No such file or directory."]


def test_without_a_model_there_is_nothing_to_save(session: Session, heard: Heard, tmp_path: Path) -> None:
    session.save_model_as(tmp_path / "kept")
    assert heard.failures == ["There is no model to save yet."]


@pytest.mark.parametrize("to", ["safetensors", "torch-export"])
def test_a_model_is_exported(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot, to: str
) -> None:
    open_run(session, make_run(), qtbot)
    target = tmp_path / f"model{exporters.get(to).suffix}"
    session.export_model(to, target)
    qtbot.waitUntil(lambda: heard.notes == ["Exporting…", f"Exported to {target}"])
    assert target.exists()
    assert heard.failures == []


def test_an_export_that_can_not_be_is_one_sentence(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    open_run(session, make_run(likelihood="gaussian"), qtbot)
    session.export_model("pythae", tmp_path / "model")
    qtbot.waitUntil(lambda: bool(heard.failures))
    (sentence,) = heard.failures
    assert "this model's likelihood is “gaussian”" in sentence
    assert not (tmp_path / "model").exists()


def test_without_a_model_there_is_nothing_to_export(session: Session, heard: Heard, tmp_path: Path) -> None:
    session.export_model("onnx", tmp_path / "model")
    assert heard.failures == ["There is no model to export yet."]


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


# Exploring


def test_moving_the_probe_decodes_there_and_finds_what_is_near(
    session: Session, heard: Heard, make_run: MakeRun, qtbot: QtBot
) -> None:
    path = make_run()
    open_run(session, path, qtbot)
    embedding = session.store.state.embedding
    assert embedding is not None
    code = tuple(map(float, embedding.mean[5]))
    with qtbot.waitSignal(session.nearby.found, check_params_cb=lambda nearby: nearby.distances[0] == 0) as found:
        session.store.update(probe=code)
    qtbot.waitUntil(lambda: bool(heard.decoded) and tuple(map(float, heard.decoded[-1].codes[0])) == code)
    assert found.args is not None
    assert found.args[0].indices[0] == 5
    assert np.array_equal(heard.decoded[-1].pixels[0], expected(path, code))


def test_the_code_of_an_image_is_taken_to_the_probe(session: Session, make_run: MakeRun, qtbot: QtBot) -> None:
    open_run(session, make_run(), qtbot)
    session.go_to_image(3)
    state = session.store.state
    assert state.embedding is not None
    assert state.probe == tuple(map(float, state.embedding.mean[3]))
    assert state.original == 3
    session.go_to_image(4000)
    assert session.store.state is state


def test_smooth_pixels_and_the_size_of_tiles_are_remembered(session: Session, tmp_path: Path) -> None:
    session.store.update(smooth=True)
    session.store.update(tile_px=48)
    values = SettingsFile(tmp_path / "settings.json").values
    assert (values.smooth, values.tile_px) == (True, 48)


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


def test_an_engine_that_cannot_be_loaded_is_told(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> None:
    def load_engine() -> Any:
        msg = "No module named 'torch'"
        raise ModuleNotFoundError(msg)

    session = Session(Store(), SettingsFile(tmp_path / "settings.json"))
    with qtbot.waitSignal(session.failed) as failed:
        session.start(load_engine, "cpu")
    assert failed.args == ["ModuleNotFoundError: No module named 'torch'"]
    session.close()
