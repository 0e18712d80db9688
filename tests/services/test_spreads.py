from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from vae_explorer.core.latent.spreads import Spreads
from vae_explorer.services.embedding import describe
from vae_explorer.services.spreads import SpreadService
from vae_explorer.services.state import Embedding


@pytest.fixture
def service(qapp: QApplication) -> Iterator[SpreadService]:
    service = SpreadService()
    yield service
    service.close()


@pytest.fixture
def embedding(make_images: MakeImages) -> Embedding:
    mean = np.zeros((20, 2), np.float32)
    return describe(make_images(count=20), mean, np.full_like(mean, -4), generation=1)


def test_an_embedding_is_counted_as_the_model_means_its_sigma(
    service: SpreadService, embedding: Embedding, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(service.counted) as counted:
        service.ask(embedding, "log_std")
    (spreads,) = counted.args
    assert isinstance(spreads, Spreads)
    assert spreads.median.tolist() == [-2, -2]


def test_only_the_newest_embedding_is_answered(service: SpreadService, embedding: Embedding, qtbot: QtBot) -> None:
    medians: list[float] = []
    service.counted.connect(lambda spreads: medians.append(float(spreads.median[0])))
    for sigma in range(-8, 0):
        log_var = np.full_like(embedding.mean, sigma)
        service.ask(replace(embedding, log_var=log_var), "log_var")
    qtbot.waitUntil(lambda: bool(medians))
    assert medians == [-1]


def test_what_has_no_spread_is_not_counted(service: SpreadService, embedding: Embedding, qtbot: QtBot) -> None:
    answers: list[Spreads] = []
    service.counted.connect(answers.append)
    service.ask(embedding, "log_var")
    service.ask(replace(embedding, log_var=None), "none")
    other = replace(embedding, log_var=np.zeros_like(embedding.mean))
    service.ask(None, "log_var")
    with qtbot.waitSignal(service.counted):
        service.ask(other, "log_var")
    assert [float(answer.median[0]) for answer in answers] == [0]
