"""Models of other libraries in the session: imported on a thread, opened, explored; decoders alone too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from tests.core.importers.stacks import Convolutional, Example, Generator, settled
from tests.patience import PATIENCE_S
from tests.services.sessions import Heard
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.services.session import Session

PATIENCE_MS = 1000 * PATIENCE_S


def saved(kind: Any, path: Path) -> Any:
    model = settled(kind)
    torch.save(model.state_dict(), path)
    return model


def imported(session: Session, qtbot: QtBot, path: Path, wishes: Wishes) -> None:
    with qtbot.waitSignal(session.model_opened, timeout=PATIENCE_MS):
        session.importing.import_model(path, wishes)


def test_what_is_dropped_is_imported_where_its_files_tell_enough(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard
) -> None:
    from tests.core.importers.test_disentangling_vae import saved as saved_folder

    theirs = saved_folder(tmp_path / "theirs")
    with qtbot.waitSignal(session.image_decoded, timeout=PATIENCE_MS):
        session.open_path(tmp_path / "theirs")
    qtbot.waitUntil(lambda: any("Imported" in note for note in heard.notes), timeout=PATIENCE_MS)
    with torch.inference_mode():
        image = theirs.decode(torch.zeros(1, 3))[0, 0]
    assert np.abs(heard.decoded[-1].pixels[0, :, :, 0] - 255.0 * image.numpy()).max() <= 0.51
    assert not heard.failures


def test_the_dialog_for_models_leads_to_the_import_too(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard
) -> None:
    from tests.core.importers.test_disentangling_vae import saved as saved_folder

    saved_folder(tmp_path / "theirs")
    with qtbot.waitSignal(session.model_opened, timeout=PATIENCE_MS):
        session.open_model(tmp_path / "theirs")
    assert not heard.failures


def test_what_is_missing_is_asked_for(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    saved(Example, tmp_path / "weights.pt")
    with qtbot.waitSignal(session.importing.unclear, timeout=PATIENCE_MS) as asked:
        session.open_path(tmp_path / "weights.pt")
    assert asked.args is not None
    assert asked.args[0] == tmp_path / "weights.pt"
    assert asked.args[1].missing == ("output", "activation", "posterior")


def test_a_look_decodes_without_writing_anything(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    saved(Convolutional, tmp_path / "weights.pt")
    with qtbot.waitSignal(session.importing.examined, timeout=PATIENCE_MS) as looked:
        session.importing.examine(tmp_path / "weights.pt", Convolutional.known)
    assert looked.args is not None
    assert looked.args[1].images.shape == (9, 32, 32, 3)
    assert looked.args[1].found.image_size == 32
    assert session.store.state.model is None


def test_a_decoder_alone_decodes_and_says_what_it_cannot(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard, make_array: Any
) -> None:
    saved(Generator, tmp_path / "weights.pt")
    imported(session, qtbot, tmp_path / "weights.pt", Generator.known)
    qtbot.waitUntil(lambda: bool(heard.decoded), timeout=PATIENCE_MS)
    assert session.store.state.model is not None
    assert not session.store.state.model.can_encode
    heard.decoded.clear()
    session.store.update(probe=(1.0,) * 10)
    qtbot.waitUntil(lambda: bool(heard.decoded), timeout=PATIENCE_MS)
    session.open_images(make_array("colour", size=16, channels=3))
    qtbot.waitUntil(lambda: any("decoder alone" in note for note in heard.notes), timeout=PATIENCE_MS)
    assert session.store.state.embedding is None
    assert not heard.failures


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"PK\x03\x04 and no more"])
def test_a_file_that_is_no_model_is_told_in_one_sentence(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard, content: bytes
) -> None:
    (tmp_path / "weights.pt").write_bytes(content)
    session.open_path(tmp_path / "weights.pt")
    qtbot.waitUntil(lambda: bool(heard.failures), timeout=PATIENCE_MS)
    assert len(heard.failures) == 1


def test_codes_of_hundreds_of_numbers_are_shown_on_their_principal_components(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard, make_array: Any
) -> None:
    import diffusers

    from tests.core.importers.test_diffusers import KL

    library: Any = diffusers  # whose models have no types
    library.AutoencoderKL(**KL).save_pretrained(tmp_path / "theirs")
    with qtbot.waitSignal(session.embedding.embedded, timeout=PATIENCE_MS):
        session.open_model(tmp_path / "theirs")
        with qtbot.waitSignal(session.model_opened, timeout=PATIENCE_MS):
            pass
        session.open_images(make_array("colour", size=16, channels=3))
    state = session.store.state
    assert state.embedding is not None
    assert state.embedding.mean.shape == (40, 192)
    assert state.axis_names[0].startswith("PC 1")
    assert {*state.embedding.leading, 0, 1} == set(state.offered_dims)
    plane = state.plane
    assert plane is not None
    heard.decoded.clear()
    code = tuple(map(float, plane.lift([0.5, -0.5])))
    session.store.update(probe=code)
    qtbot.waitUntil(lambda: bool(heard.decoded), timeout=PATIENCE_MS)
    assert heard.decoded[-1].pixels.shape == (1, 16, 16, 3)
    np.testing.assert_allclose(plane.project(np.array(code)), [0.5, -0.5], atol=1e-4)
    assert not heard.failures


def test_what_was_imported_before_is_opened_as_it_is(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    saved(Example, tmp_path / "weights.pt")
    runs = []
    for wishes in (Example.known, Example.known, Wishes(activation="tanh", output="sigmoid", posterior="log_var")):
        imported(session, qtbot, tmp_path / "weights.pt", wishes)
        assert session.store.state.model is not None
        runs.append(session.store.state.model.run)
    assert runs[0] == runs[1] != runs[2]
    assert runs[0] is not None
    assert runs[0].name.startswith("weights state-dict 5-D ")
