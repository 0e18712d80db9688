from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from vae_explorer.core.latent.directions import principal_directions
from vae_explorer.core.shades import Shades
from vae_explorer.core.table import Table
from vae_explorer.services.colours import BY_LABEL, ColourBy
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.views.plane.colour_choice import ColourChoice

MakeState = Callable[..., AppState]


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(dims=3))


@pytest.fixture
def choice(store: Store, qtbot: QtBot) -> ColourChoice:
    choice = ColourChoice(store)
    qtbot.addWidget(choice)
    return choice


def texts(choice: ColourChoice) -> list[str]:
    return [choice.itemText(place) for place in range(choice.count())]


def choose(choice: ColourChoice, text: str) -> None:
    place = texts(choice).index(text)
    choice.setCurrentIndex(place)
    choice.activated.emit(place)


def test_it_offers_what_there_is(choice: ColourChoice) -> None:
    assert texts(choice) == [
        "by label", "one colour", "by KL", "by squared error", "by −log p(x|z)",
        "by distance from the plane", "by z1", "by z2", "by z3", "by a table…",
    ]  # fmt: skip
    tips = {choice.itemData(place, Qt.ItemDataRole.ToolTipRole) for place in range(choice.count())}
    assert all(tips)


def test_a_choice_changes_the_state_and_switches_all_on_again(choice: ColourChoice, store: Store) -> None:
    store.update(hidden=frozenset({"red"}))
    choose(choice, "by z2")
    assert store.state.colour_by == ColourBy("dim", axis=1)
    assert not store.state.hidden


def test_it_follows_the_state(choice: ColourChoice, store: Store) -> None:
    store.update(colour_by=ColourBy("kl"))
    assert choice.currentText() == "by KL"
    store.update(colour_by=BY_LABEL)
    assert choice.currentText() == "by label"


def test_columns_and_directions_come_and_go(choice: ColourChoice, store: Store) -> None:
    images, embedding = store.state.images, store.state.embedding
    assert images is not None
    assert embedding is not None
    table = Table("t.csv", images.paths, {"age": Shades.of(np.arange(20))}, missing=0)
    directions = replace(principal_directions(embedding.mean), names=("PC 1", "PC 2"))
    store.update(table=table, directions=directions)
    assert {"by age", "along PC 1", "along PC 2"} <= set(texts(choice))
    choose(choice, "along PC 2")
    store.update(table=None, directions=None)
    assert "by age" not in texts(choice)
    assert choice.currentText() == "along PC 2"  # it stays while it colours


def test_what_the_model_can_t_tell_is_still_named(choice: ColourChoice, store: Store) -> None:
    store.update(colour_by=ColourBy("factor", "yaw"))
    assert choice.currentText() == "by yaw"


def test_a_table_is_asked_for_and_the_choice_stays(choice: ColourChoice, store: Store, qtbot: QtBot) -> None:
    with qtbot.waitSignal(choice.table_wanted):
        choose(choice, "by a table…")
    assert choice.currentText() == "by label"
    assert store.state.colour_by == BY_LABEL


def test_without_labels_the_points_are_said_to_be_of_one_colour(choice: ColourChoice, store: Store) -> None:
    embedding = store.state.embedding
    assert embedding is not None
    store.update(embedding=replace(embedding, images=replace(embedding.images, labels=None)))
    assert not {"by label", "by folder"} & set(texts(choice))
    assert choice.currentText() == "one colour"
    store.update(embedding=embedding)
    assert choice.currentText() == "by label"
