"""The panel's word on the cost, with a stand-in for the engine."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui.conftest import MakeState
from tests.ui.views.test_train_panel import CATALOGUE, CONFIG, DEVICES
from tests.ui.widgets.test_cost_label import FakeCost
from vae_explorer.core.config import RunConfig
from vae_explorer.services.state import Store
from vae_explorer.ui.costing import Costing
from vae_explorer.ui.views.train_panel import TrainPanel


class Engine:
    """Notes what it is asked, and tells a number of parameters that is the number of units."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []

    def estimate_cost(self, config: RunConfig, images: Any, *, measure: bool) -> FakeCost:
        units = config.model.network_settings["hidden"][0]
        self.asked.append((units, measure))
        decode_s, epoch_s = (0.001, 5.0) if measure else (None, None)
        return FakeCost(parameters=units, decode_s=decode_s, epoch_s=epoch_s)


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(2))


@pytest.fixture
def session(store: Store) -> Any:
    return SimpleNamespace(engine=Engine(), store=store, training=SimpleNamespace(running=False))


@pytest.fixture
def panel(store: Store, session: Any, qtbot: QtBot) -> Iterator[TrainPanel]:
    panel = TrainPanel(store)
    qtbot.addWidget(panel)
    costing = Costing(session, panel, QObject(panel))
    panel.fill(CONFIG, CATALOGUE, DEVICES)
    yield panel
    costing.shut_down()


def _cost(panel: TrainPanel) -> str:
    line = panel.findChild(QLabel, "cost")
    assert line is not None
    return line.text().replace("\N{NO-BREAK SPACE}", " ")


def _type(panel: TrainPanel, text: str) -> None:
    field = panel.findChild(QLineEdit, "field_network_hidden")
    assert field is not None
    field.setText(text)


def test_it_follows_the_fields(panel: TrainPanel, session: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: _cost(panel).startswith("300 parameters"))
    for text in ("5", "51", "512"):
        _type(panel, text)
    qtbot.waitUntil(lambda: _cost(panel).startswith("512 parameters"))
    assert "decodes in" in _cost(panel)
    assert session.engine.asked == [(300, True), (512, True)]


def test_a_field_that_cannot_be_read_empties_it_at_once(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(_cost(panel)))
    _type(panel, "wide")
    assert _cost(panel) == ""
    _type(panel, "300")
    qtbot.waitUntil(lambda: bool(_cost(panel)))


def test_without_images_there_is_nothing_to_tell(panel: TrainPanel, store: Store, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(_cost(panel)))
    store.update(images=None)
    assert _cost(panel) == ""


def test_while_training_runs_nothing_is_measured_but_afterwards(panel: TrainPanel, session: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(_cost(panel)))
    session.training.running = True
    panel.set_training(True)
    _type(panel, "700")
    qtbot.waitUntil(lambda: _cost(panel) == "700 parameters · about 85 MB to train")
    session.training.running = False
    panel.set_training(False)
    qtbot.waitUntil(lambda: "decodes in" in _cost(panel))
    assert session.engine.asked == [(300, True), (700, False), (700, True)]
