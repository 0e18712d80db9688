"""The tool with a real session, whose models are fakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.services.companions import FakeModel, config_of, images_of, session_with
from vae_explorer.core.config import RunConfig
from vae_explorer.core.progress import TrainResult
from vae_explorer.services.session import Session
from vae_explorer.services.state import Layers, View
from vae_explorer.ui.tools.compare import Compare
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.model_columns import ModelColumn

LEFT = Qt.MouseButton.LeftButton
FIRST, SECOND = Path("/runs/first run"), Path("/runs/second run")


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path))


@pytest.fixture
def vae() -> FakeModel:
    return FakeModel(config_of(objective="vae"), FIRST)


@pytest.fixture
def ae() -> FakeModel:
    return FakeModel(config_of(objective="ae"), SECOND, weight=50, middle=30)


@pytest.fixture
def wide() -> FakeModel:
    """One of other images, and with another number of dimensions."""
    return FakeModel(config_of(5, size=16), Path("/runs/wide"))


@pytest.fixture
def session(vae: FakeModel, ae: FakeModel, wide: FakeModel, qtbot: QtBot) -> Iterator[Session]:
    session = session_with(vae, ae, wide)
    yield session
    session.close()


@pytest.fixture
def tool(session: Session, qtbot: QtBot) -> Iterator[Compare]:
    tool = Compare(session)
    qtbot.addWidget(tool)
    tool.resize(520, 900)
    tool.show()
    tool.set_seen(True)
    yield tool
    tool.shut_down()


@pytest.fixture
def beside(tool: Compare, qtbot: QtBot) -> Compare:
    """The tool with the plain autoencoder beside the VAE, all shown."""
    tool.companion.open(SECOND)
    qtbot.waitUntil(lambda: _is_shown(tool))
    return tool


def _is_shown(tool: Compare) -> bool:
    columns = tool.columns.first, tool.columns.second
    return (
        all(column.picture.pixels is not None and column.samples.pixels is not None for column in columns)
        and tool.companion.store.state.embedding is not None
        and tool.plane.mosaic_complete
    )


def _part(tool: Compare, kind: type[Any], name: str) -> Any:
    found = tool.findChild(kind, name)
    assert found is not None
    return found


def _shows(column: ModelColumn, model: FakeModel, probe: tuple[float, ...]) -> bool:
    pixels = column.picture.pixels
    return pixels is not None and np.array_equal(pixels, model.decoder.decode(np.array([probe], np.float32))[0])


def test_both_models_are_named_and_show_the_same_place(
    beside: Compare, session: Session, vae: FakeModel, ae: FakeModel, qtbot: QtBot
) -> None:
    first, second = beside.columns.first, beside.columns.second
    assert (first.title.text(), second.title.text()) == ("VAE · 2-D", "AE · 2-D")
    assert "first run" in first.run.text()
    assert "second run" in second.run.text()
    session.store.update(probe=(4.0, 1.0))
    qtbot.waitUntil(lambda: _shows(first, vae, (4.0, 1.0)) and _shows(second, ae, (4.0, 1.0)))


def test_a_drag_in_the_second_plane_moves_both(
    beside: Compare, session: Session, vae: FakeModel, ae: FakeModel, qtbot: QtBot
) -> None:
    QTest.mouseClick(beside.plane, LEFT, pos=QPoint(120, 90))
    probe = beside.companion.store.state.probe
    assert session.store.state.probe == probe != (0.0, 0.0)
    qtbot.waitUntil(lambda: _shows(beside.columns.first, vae, probe) and _shows(beside.columns.second, ae, probe))


def test_zooming_in_either_plane_shows_the_same_part_in_both(beside: Compare, session: Session, qtbot: QtBot) -> None:
    beside.plane.zoom(2)
    view = beside.companion.store.state.view
    assert view is not None
    assert session.store.state.view == view
    session.store.update(view=View(1, 2, 0.05))
    qtbot.waitUntil(lambda: beside.plane.viewport().view == View(1, 2, 0.05))


def test_an_image_pointed_at_in_one_plane_is_ringed_in_the_other(beside: Compare, session: Session) -> None:
    told: list[int | None] = []
    session.image_pointed.connect(told.append)
    before = beside.plane.grab().toImage()
    session.image_pointed.emit(3)
    assert beside.plane.grab().toImage() != before
    session.image_pointed.emit(None)
    assert beside.plane.grab().toImage() == before
    beside.plane.image_hovered.emit(5)
    assert told == [3, None, 5]
    session.store.update(images=images_of(9))
    beside.plane.image_hovered.emit(6)
    assert told == [3, None, 5], "the two planes show different images for now"


def test_samples_of_both_are_of_the_same_codes(beside: Compare, vae: FakeModel, ae: FakeModel, qtbot: QtBot) -> None:
    companion = beside.companion
    before = companion.samples.codes
    assert "seed 0" in _part(beside, QLabel, "samples_drawn").text()
    with qtbot.waitSignals([companion.first_samples.decoded, companion.samples.decoded]):
        _part(beside, QPushButton, "more_samples").click()
    codes = companion.samples.codes
    assert not np.array_equal(codes, before)
    assert "seed 1" in _part(beside, QLabel, "samples_drawn").text()
    for column, model in ((beside.columns.first, vae), (beside.columns.second, ae)):
        assert column.samples.pixels is not None
        assert np.array_equal(column.samples.pixels, model.decoder.decode(codes))


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_sample_that_is_clicked_is_where_both_go(beside: Compare, session: Session, name: str) -> None:
    grid = getattr(beside.columns, name).samples
    QTest.mouseClick(grid, LEFT, pos=grid.rect_of(7).center().toPoint())
    expected = tuple(map(float, beside.companion.samples.codes[7]))
    beside.companion.link._catch_up()
    assert session.store.state.probe == beside.companion.store.state.probe == expected


def test_a_sample_pointed_at_is_ringed_in_the_other_where_it_is_the_same_code(
    beside: Compare, wide: FakeModel, qtbot: QtBot
) -> None:
    first, second = beside.columns.first.samples, beside.columns.second.samples
    plain = second.grab().toImage()
    first.hovered.emit(4)
    assert second.grab().toImage() != plain
    first.hovered.emit(None)
    assert second.grab().toImage() == plain
    with qtbot.waitSignal(beside.companion.samples.decoded):
        beside.companion.open(Path("/runs/wide"))
    apart = second.grab().toImage()
    first.hovered.emit(4)
    assert second.grab().toImage() == apart


def test_it_says_which_was_never_made_for_the_prior(beside: Compare, qtbot: QtBot) -> None:
    first, second = beside.columns.first.words, beside.columns.second.words
    qtbot.waitUntil(lambda: "reaches" in first.text() and "reaches" in second.text())
    assert "Trained so that N(0, I) decodes." in first.text()
    assert "Never asked to make N(0, I) decodable." in second.text()
    assert "reaches 0 % of the images" in second.text()
    assert "36 of 36" in second.text()
    assert (first.property("role"), second.property("role")) == ("muted", "warning")


def test_the_samples_are_marked_on_the_plane_until_the_prior_is_switched_off(beside: Compare, session: Session) -> None:
    layers = Layers(mosaic=False, points=False, support=False)
    beside.companion.store.update(layers=layers, view=View(0, 0, 0.02))
    with_marks = beside.plane.grab().toImage()
    beside.companion.store.update(layers=replace(layers, prior=False))
    assert beside.plane.grab().toImage() != with_marks
    assert not session.store.state.layers.prior


def test_what_does_not_go_together_is_said(beside: Compare, wide: FakeModel, session: Session, qtbot: QtBot) -> None:
    sentence = _part(beside, QLabel, "compare_sentence")
    assert sentence.isHidden()
    beside.companion.open(Path("/runs/wide"))
    qtbot.waitUntil(lambda: beside.companion.store.state.model is wide.info)
    assert "2 and 5 latent dimensions" in sentence.text()
    assert "16×16×1" in sentence.text()
    assert "8×8×1" in sentence.text()
    assert sentence.isVisible()
    QTest.mouseClick(beside.plane, LEFT, pos=QPoint(120, 90))
    assert session.store.state.probe == (0.0, 0.0)


def test_a_folder_that_is_no_run_is_one_sentence_and_changes_nothing(
    beside: Compare, ae: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "photos"))
    with qtbot.waitSignal(beside.failed) as heard:
        _part(beside, QPushButton, "companion_open").click()
    assert heard.args == ["“photos” is no run."]
    assert beside.companion.store.state.model is ae.info
    assert _part(beside, ChoiceBox, "companion_choice").value() == str(SECOND)


def test_choosing_no_folder_opens_nothing(beside: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    opened: list[Path] = []
    beside.bar.chosen.connect(opened.append)
    _part(beside, QPushButton, "companion_open").click()
    assert opened == []


def test_behind_another_tab_it_asks_for_nothing(beside: Compare, session: Session, ae: FakeModel, qtbot: QtBot) -> None:
    beside.set_seen(False)
    asked = len(ae.decoder.asked)
    session.store.update(probe=(3.0, 3.0), view=View(0, 0, 0.01), images=images_of(9))
    beside.companion.link._catch_up()
    assert len(ae.decoder.asked) == asked
    assert len(ae.encoded) == 1
    beside.set_seen(True)
    qtbot.waitUntil(lambda: _shows(beside.columns.second, ae, (3.0, 3.0)) and len(ae.encoded) == 2)


# The twin


@pytest.fixture
def trained(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """What is handed to the session to be trained; the training itself is left out."""
    configs: list[RunConfig] = []

    def train(config: RunConfig) -> None:
        configs.append(config)
        session.training_started.emit(config, [])

    monkeypatch.setattr(session, "train", train)
    return configs


def test_its_twin_is_trained_and_the_model_of_before_stands_beside_it(
    beside: Compare, trained: list[RunConfig], vae: FakeModel, qtbot: QtBot
) -> None:
    _part(beside, QPushButton, "companion_twin").click()
    assert trained == [config_of(objective="ae")]
    qtbot.waitUntil(lambda: beside.companion.store.state.model is vae.info)


def test_another_training_leaves_the_second_as_it_is(
    beside: Compare, session: Session, ae: FakeModel, qtbot: QtBot
) -> None:
    session.training_started.emit(config_of(objective="notes"), [])
    with qtbot.waitSignal(beside.companion.listed):
        session.training_ended.emit(TrainResult(1, 1, finished=True))
    assert beside.companion.store.state.model is ae.info


def test_without_the_images_that_it_learned_from_there_is_no_twin(beside: Compare, session: Session) -> None:
    button = _part(beside, QPushButton, "companion_twin")
    assert button.isEnabled()
    session.store.update(images=replace(images_of(9), source="/photos/others"))
    assert not button.isEnabled()
    assert "/photos/rings" in button.toolTip()


def test_while_training_runs_there_is_no_twin(
    beside: Compare, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    button = _part(beside, QPushButton, "companion_twin")
    monkeypatch.setattr(type(session.training), "running", True)
    session.training_started.emit(config_of(), [])
    assert not button.isEnabled()
    monkeypatch.setattr(type(session.training), "running", False)
    session.training_failed.emit("no")
    assert button.isEnabled()
