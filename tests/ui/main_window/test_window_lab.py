"""The collapse laboratory in the window: a real training, and its regulariser switched off and on."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import train
from vae_explorer.services import embedding, training
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.tools.collapse_lab import CollapseLab
from vae_explorer.ui.widgets.penalty_plot import PenaltyPlot
from vae_explorer.ui.widgets.plot import Plot
from vae_explorer.ui.widgets.spread_rows import SpreadRows

Child = TypeVar("Child", QLabel, SpreadRows, PenaltyPlot, QCheckBox, QPushButton)


@pytest.fixture
def lab(shown: MainWindow, qtbot: QtBot) -> CollapseLab:
    action = shown.findChild(QAction, "open_collapse_lab")
    assert action is not None
    action.trigger()
    lab = shown.toolbox.tool("collapse_lab")
    assert isinstance(lab, CollapseLab)
    qtbot.waitUntil(lambda: rows(lab).rows == 3)
    return lab


def rows(lab: CollapseLab) -> SpreadRows:
    return found(lab, SpreadRows, "spread_rows")


def found(lab: CollapseLab, kind: type[Child], name: str) -> Child:
    child = lab.findChild(kind, name)
    assert child is not None
    return child


def test_it_shows_the_sigma_of_the_model_on_show(lab: CollapseLab) -> None:
    plot = found(lab, PenaltyPlot, "penalty_plot")
    assert plot.shares is not None
    assert plot.shares.sum() == pytest.approx(1)
    assert "log-variance" in found(lab, QLabel, "lab_formula").text()
    assert not found(lab, QCheckBox, "regulariser_switch").isEnabled()


@pytest.fixture
def _tireless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every report of training be followed, without rests."""
    monkeypatch.setattr(training, "SNAPSHOT_EVERY_S", 0.0)
    monkeypatch.setattr(embedding, "LEAST_REST_MS", 0)
    monkeypatch.setattr(embedding, "SHARE", 1.0)


@pytest.mark.usefixtures("_tireless")
def test_without_the_regulariser_sigma_falls_and_with_it_comes_back(
    shown: MainWindow, lab: CollapseLab, qtbot: QtBot
) -> None:
    switch = found(lab, QCheckBox, "regulariser_switch")
    train(shown, qtbot, epochs=1_000_000, latent_dims=2)
    qtbot.waitUntil(switch.isEnabled)
    switch.click()
    assert shown.session.training.weight == 0
    in_desk = shown.desk.weight.findChild(QCheckBox, "regulariser_switch")
    assert in_desk is not None
    assert not in_desk.isChecked()
    qtbot.waitUntil(lambda: "The regulariser is off" in found(lab, QLabel, "lab_verdict").text())
    over_time = lab.findChild(Plot)
    assert over_time is not None
    qtbot.waitUntil(lambda: bool(over_time.lines) and over_time.lines[0].y[-1] < -2)
    switch.click()
    qtbot.waitUntil(lambda: over_time.lines[0].y[-1] > over_time.lines[0].y.min() + 0.5)
    with qtbot.waitSignal(shown.session.training_ended):
        shown.session.training.stop()
    assert not switch.isEnabled()
    assert switch.isChecked()


def test_training_from_the_laboratory_takes_the_models_own_settings(
    shown: MainWindow, lab: CollapseLab, qtbot: QtBot
) -> None:
    model = shown.session.store.state.model
    assert model is not None
    with qtbot.waitSignal(shown.session.training_started) as started:
        found(lab, QPushButton, "lab_train").click()
    assert started.args is not None
    assert started.args[0] == model.config
    shown.session.training.stop()
    qtbot.waitUntil(lambda: not shown.session.training.running)


def test_a_plain_autoencoder_has_no_sigma_and_no_regulariser(shown: MainWindow, lab: CollapseLab, qtbot: QtBot) -> None:
    train(shown, qtbot, objective="ae", epochs=1_000_000)
    qtbot.waitUntil(lambda: "without a σ" in found(lab, QLabel, "lab_formula").text())
    assert rows(lab).rows == 0
    assert not found(lab, QCheckBox, "regulariser_switch").isEnabled()
    shown.session.training.stop()
    qtbot.waitUntil(lambda: not shown.session.training.running)
    assert not found(lab, QPushButton, "lab_train").isVisible()


@pytest.mark.usefixtures("_tireless")
def test_what_was_seen_of_a_training_is_not_shown_of_another_model(
    shown: MainWindow, lab: CollapseLab, trained: Path, qtbot: QtBot
) -> None:
    over_time = lab.findChild(Plot)
    assert over_time is not None
    train(shown, qtbot, epochs=1_000_000, latent_dims=2)
    qtbot.waitUntil(lambda: bool(over_time.lines))
    shown.session.open_model(trained)
    qtbot.waitUntil(lambda: rows(lab).rows == 3)
    assert not over_time.lines
    shown.session.training.stop()
    qtbot.waitUntil(lambda: not shown.session.training.running)
    assert not over_time.lines
