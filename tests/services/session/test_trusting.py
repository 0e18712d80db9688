"""Models that are code in the session: asked about before they run, also where a run of them comes from elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from tests.core.importers.code_files import Vae, scripted
from tests.patience import PATIENCE_S
from tests.services.sessions import Heard
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.services.session import Session

PATIENCE_MS = 1000 * PATIENCE_S


@pytest.fixture(autouse=True)
def _nothing_trusted_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


def test_code_is_asked_about_and_then_decodes(
    session: Session, qtbot: QtBot, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Vae()
    path = scripted(theirs, tmp_path / "decoder.pt")
    with qtbot.waitSignal(session.trusting.wanted, timeout=PATIENCE_MS) as asked:
        session.open_path(path)
    assert heard.decoded == []
    with qtbot.waitSignal(session.image_decoded, timeout=PATIENCE_MS):
        session.trusting.grant(*asked.args)
    with torch.inference_mode():
        image = theirs(torch.zeros(1, 3))[0, 0]
    assert np.abs(heard.decoded[-1].pixels[0, :, :, 0] - 255.0 * image.numpy()).max() <= 0.51
    model = session.store.state.model
    assert model is not None
    assert model.run is not None
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "somebody else"))
    with qtbot.waitSignal(session.trusting.wanted, timeout=PATIENCE_MS):
        session.open_model(model.run)
    assert not heard.failures


def test_a_look_at_code_asks_first_too(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    path = scripted(Vae(), tmp_path / "decoder.pt")
    with (
        qtbot.waitSignal(session.trusting.wanted, timeout=PATIENCE_MS) as asked,
        qtbot.waitSignal(session.importing.examined, timeout=PATIENCE_MS) as looked,
    ):
        session.importing.examine(path, Wishes())
    assert "is code" in looked.args[1].problem
    with qtbot.waitSignal(session.importing.examined, timeout=PATIENCE_MS) as looked:
        session.trusting.grant(*asked.args)
    assert looked.args[1].images.shape == (9, 8, 8, 1)
