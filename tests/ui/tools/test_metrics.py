"""The tool with a session whose model is a fake: what it measures is told by the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import FakeDecoder, Gate
from vae_explorer.core.data.base import Cancelled, ImageSet
from vae_explorer.core.metrics.base import Result, Row
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.tools.metrics import Metrics, SaveMetricsDialog

MakeState = Callable[..., AppState]
LEFT = Qt.MouseButton.LeftButton


class FakeModel:
    """Tells the ELBO at once, and the MMD² when the gate opens."""

    def __init__(self, info: ModelInfo | None) -> None:
        self.info = info
        self.gate = Gate()
        self.images: list[ImageSet] = []

    def measurer(self) -> Any:
        return self._measure

    def _measure(self, images: ImageSet, cancel: threading.Event, on_progress: Any) -> Iterator[Result]:
        self.images.append(images)
        on_progress("ELBO", 0.0)
        yield _result("elbo", "Likelihood", elbo=-144.5)
        on_progress("MMD² to the prior", 0.5)
        self.gate()
        if cancel.is_set():
            raise Cancelled
        yield _result("mmd", "Codes", value=0.25)


def _result(name: str, group: str, **figures: float) -> Result:
    rows = tuple(Row(f"{name} {key}", str(value), f"Meaning of {key}.") for key, value in figures.items())
    return Result(name, name, group, dict(figures), {}, rows, 0.0)


@pytest.fixture
def model(make_state: MakeState) -> FakeModel:
    return FakeModel(make_state().model)


@pytest.fixture
def session(make_state: MakeState, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    session = Session(Store(make_state()), SettingsFile())
    monkeypatch.setattr(session._shown, "_loaded", model)
    yield session
    session.close()


@pytest.fixture
def tool(session: Session, qtbot: QtBot) -> Iterator[Metrics]:
    tool = Metrics(session)
    qtbot.addWidget(tool)
    tool.resize(560, 640)
    tool.show()
    yield tool
    tool.shut_down()


def rows(tool: Metrics) -> list[str]:
    model = tool.table.model()
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def compute(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    model.gate.open()
    with qtbot.waitSignal(tool.service.ended):
        qtbot.mouseClick(tool.compute, LEFT)


def test_at_first_it_says_what_it_is_for(tool: Metrics) -> None:
    assert not tool.table.isVisible()
    assert tool.compute.isEnabled()
    assert not tool.save.isEnabled()


def test_compute_fills_the_table_as_results_come(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    qtbot.mouseClick(tool.compute, LEFT)
    qtbot.waitUntil(lambda: rows(tool) == ["Likelihood", "elbo elbo"])
    assert tool.cancel.isVisible()
    assert not tool.compute.isVisible()
    assert not tool.copy_text.isEnabled()
    model.gate.open()
    qtbot.waitUntil(tool.compute.isVisible)
    assert rows(tool) == ["Likelihood", "elbo elbo", "Codes", "mmd value"]
    assert model.images == [tool.session.store.state.images]
    assert tool.says == "VAE · MLP · 2-D on rings"


def test_cancel_keeps_what_is_there(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    qtbot.mouseClick(tool.compute, LEFT)
    qtbot.waitUntil(lambda: bool(rows(tool)))
    qtbot.mouseClick(tool.cancel, LEFT)
    assert not tool.cancel.isEnabled()
    model.gate.open()
    qtbot.waitUntil(tool.compute.isVisible)
    assert rows(tool) == ["Likelihood", "elbo elbo"]
    assert tool.copy_text.isEnabled()


def test_a_row_that_is_selected_is_explained(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    compute(tool, model, qtbot)
    tool.table.selectRow(1)
    assert tool.details == "elbo elbo: -144.5\nMeaning of elbo."


def test_other_images_and_other_weights_make_it_stale(
    tool: Metrics, model: FakeModel, make_state: MakeState, qtbot: QtBot
) -> None:
    compute(tool, model, qtbot)
    stale = [tool.is_stale]
    tool.session.store.update(model=make_state().model)  # it is called the same, so as far as one sees it is
    stale.append(tool.is_stale)
    tool.session.decoding.use(FakeDecoder())
    stale.append(tool.is_stale)
    compute(tool, model, qtbot)
    stale.append(tool.is_stale)
    tool.session.store.update(model=make_state(dims=3).model, probe=(0.0,) * 3, embedding=None)
    stale.append(tool.is_stale)
    assert stale == [False, False, True, False, True]


def test_without_a_model_there_is_nothing_to_measure(session: Session, tool: Metrics) -> None:
    session.store.update(model=None, embedding=None)
    assert not tool.compute.isEnabled()


def test_the_table_is_copied_as_text(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    compute(tool, model, qtbot)
    with qtbot.waitSignal(tool.noted):
        qtbot.mouseClick(tool.copy_text, LEFT)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "VAE · MLP · 2-D\trings",
        "elbo elbo\t-144.5\tMeaning of elbo.",
        "mmd value\t0.25\tMeaning of value.",
    ]


def test_the_table_is_copied_as_json(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    compute(tool, model, qtbot)
    qtbot.mouseClick(tool.copy_json, LEFT)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert (copied["elbo"], copied["mmd"], copied["source"]) == (-144.5, {"value": 0.25}, "/photos/rings")


def test_it_is_saved_as_json(
    tool: Metrics, model: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    compute(tool, model, qtbot)
    monkeypatch.setattr(SaveMetricsDialog, "ask", lambda *_: tmp_path / "metrics.json")
    with qtbot.waitSignal(tool.noted):
        qtbot.mouseClick(tool.save, LEFT)
    assert json.loads((tmp_path / "metrics.json").read_text())["elbo"] == -144.5
    monkeypatch.setattr(SaveMetricsDialog, "ask", lambda *_: tmp_path / "nowhere" / "metrics.json")
    with qtbot.waitSignal(tool.failed) as failed:
        qtbot.mouseClick(tool.save, LEFT)
    assert "could not be saved" in failed.args[0]
    monkeypatch.setattr(SaveMetricsDialog, "ask", lambda *_: None)
    qtbot.mouseClick(tool.save, LEFT)


def test_closing_the_window_gives_up_what_is_under_way(tool: Metrics, model: FakeModel, qtbot: QtBot) -> None:
    qtbot.mouseClick(tool.compute, LEFT)
    model.gate.wait_until_reached()
    model.gate.open()
    tool.shut_down()
    assert rows(tool) in ([], ["Likelihood", "elbo elbo"])
