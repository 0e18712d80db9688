"""The probe is moved, and what is decoded and found near it follows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeRun, expected, open_run
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile


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
