"""What the engine measures: a copy of the model, with the weights that are on show."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from pytestqt.qtbot import QtBot

from tests.services.sessions import MakeRun, open_run
from vae_explorer.core.evaluation import evaluate
from vae_explorer.core.metrics.base import figures_of
from vae_explorer.core.model import load_model
from vae_explorer.services.session import Session


def measured(session: Session, measure: Any) -> dict[str, Any]:
    """Measure on this thread, with the images on show."""
    images = session.store.state.images
    return figures_of(list(measure(images, threading.Event(), lambda _title, _share: None)))


@pytest.fixture
def opened(session: Session, make_run: MakeRun, qtbot: QtBot) -> Path:
    run = make_run()
    open_run(session, run, qtbot)
    return run


def test_a_run_is_measured_as_evaluate_does(session: Session, opened: Path) -> None:
    assert session.loaded is not None
    assert session.store.state.images is not None
    figures = measured(session, session.loaded.measurer())
    assert figures["elbo"] == evaluate(load_model(opened), session.store.state.images.images)["elbo"]
    assert figures["is_nll"]["images"] == 40
    assert figures["code_at_work"]["storage"]["psnr_db"] > 0


def test_while_training_the_newest_weights_are_measured(session: Session, opened: Path) -> None:
    assert session.loaded is not None
    before = session.loaded.measurer()
    weights = {name: torch.zeros_like(tensor) for name, tensor in load_model(opened).state_dict().items()}
    session.loaded.take(weights)
    assert measured(session, session.loaded.measurer())["kl"] == pytest.approx(0, abs=1e-6)
    assert measured(session, before)["kl"] > 1e-4
