"""The session shows codes from a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeArray, MakeRun
from vae_explorer.core.code_folder import MEAN, StoredCodes
from vae_explorer.core.data.base import ImageShape, read_images
from vae_explorer.core.encoding_to_folder import encode_to_folder
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services import watching
from vae_explorer.services.session import Session


@pytest.fixture
def coded(make_run: MakeRun, make_array: MakeArray, tmp_path: Path) -> tuple[Path, Path]:
    """Return a run and a folder of the codes of its images."""
    run = make_run()
    encode_to_folder(load_model(run), read_images(make_array(), ImageShape(8, 1)), tmp_path / "codes")
    return run, tmp_path / "codes"


def test_codes_are_shown_from_their_files(
    session: Session, heard: Heard, coded: tuple[Path, Path], qtbot: QtBot
) -> None:
    run, codes = coded
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_model(run, codes=codes)
    embedding = session.store.state.embedding
    assert embedding is not None
    assert not embedding.mean.flags.writeable
    assert np.array_equal(embedding.mean, StoredCodes.open(codes).mean)
    assert embedding.images is session.store.state.images
    assert heard.failures == []
    assert heard.notes == []


def test_codes_are_opened_for_the_model_at_hand_and_outlast_newer_weights(
    session: Session, heard: Heard, coded: tuple[Path, Path], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REST_MS", 50)
    run, codes = coded
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_model(run)
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_codes(codes)
    embedding = session.store.state.embedding
    folder = RunFolder.open(run)
    with qtbot.waitSignals([session.watching.weights_came, session.decoding.weights_changed]):
        folder.save_weights({name: tensor * 0.5 for name, tensor in folder.load_weights().items()})
    qtbot.wait(200)
    assert session.store.state.embedding is embedding
    session.open_codes(codes)
    qtbot.waitUntil(lambda: bool(heard.notes))
    assert "were made by other weights than those on show" in heard.notes[0]


def test_codes_without_a_model_are_one_sentence(session: Session, heard: Heard, coded: tuple[Path, Path]) -> None:
    session.open_codes(coded[1])
    assert "open that first" in heard.failures[0]


@pytest.mark.parametrize("what", ["nan", "short", "images", "dims", "nowhere"])
def test_codes_that_do_not_fit_are_one_sentence(
    session: Session,
    heard: Heard,
    coded: tuple[Path, Path],
    make_run: MakeRun,
    make_array: MakeArray,
    qtbot: QtBot,
    what: str,
) -> None:
    run, codes = coded
    images = None
    if what == "nan":
        mean = np.load(codes / MEAN, mmap_mode="r+")
        mean[3, 0] = np.nan
        mean.flush()
    elif what == "short":
        (codes / MEAN).write_bytes((codes / MEAN).read_bytes()[:-4])
    elif what == "images":
        images = make_array("others", count=25)
    elif what == "dims":
        run = make_run("more", latent_dims=3)
    with qtbot.waitSignal(session.failed):
        session.open_model(run, images, codes / "nowhere" if what == "nowhere" else codes)
    words = {
        "nan": "NaN or infinite",
        "short": "damaged or incomplete",
        "images": "are of 40 images, but “others.npy” has 25",
        "dims": "have 2 dimensions, but the model has 3",
        "nowhere": "is no folder of codes",
    }
    assert words[what] in heard.failures[0]
    assert len(heard.failures) == 1
