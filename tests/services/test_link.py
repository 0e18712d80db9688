from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.services.companions import FakeModel, config_of
from vae_explorer.services.colours import ColourBy
from vae_explorer.services.link import Link
from vae_explorer.services.state import AppState, Layers, Store, View

Pair = tuple[Store, Store]


def _state(dims: int = 3, classes: tuple[str, ...] = (), **fields: Any) -> AppState:
    info = FakeModel(config_of(dims, classes=classes), Path("/runs/any")).info
    return replace(AppState(info, probe=(0.0,) * dims), **fields)


@pytest.fixture
def stores(qtbot: QtBot) -> Pair:
    return Store(_state()), Store(_state())


@pytest.fixture
def _linked(stores: Pair) -> Iterator[None]:
    link = Link(*stores)
    yield
    link.close()


def _same(stores: Pair, name: str, value: object) -> bool:
    return all(getattr(store.state, name) == value for store in stores)


CHANGES = [
    ("probe", (1.0, 2.0, 3.0)), ("plane_dims", (2, 0)), ("view", View(1, 2, 0.1)), ("locked", frozenset({1})),
    ("layers", Layers(points=False)), ("colour_by", ColourBy("folder")), ("hidden", frozenset({"red"})),
    ("smooth", True), ("tile_px", 48), ("condition", 1),
]  # fmt: skip


@pytest.mark.usefixtures("_linked")
@pytest.mark.parametrize(("name", "value"), CHANGES)
@pytest.mark.parametrize("leader", [0, 1], ids=["first", "second"])
def test_what_changes_in_one_changes_in_the_other(stores: Pair, leader: int, name: str, value: object) -> None:
    stores[leader].update(**{name: value})
    assert _same(stores, name, value)


@pytest.mark.usefixtures("_linked")
@pytest.mark.parametrize("leader", [0, 1], ids=["first", "second"])
def test_one_move_is_told_once_by_each(stores: Pair, leader: int) -> None:
    told: list[int] = []
    for number, store in enumerate(stores):
        store.changed.connect(lambda *_, number=number: told.append(number))
    stores[leader].update(probe=(1.0, 0.0, 0.0))
    assert sorted(told) == [0, 1]


@pytest.mark.usefixtures("_linked")
def test_the_second_follows_quick_moves_to_the_last(stores: Pair, qtbot: QtBot) -> None:
    first, second = stores
    told: list[AppState] = []
    second.changed.connect(lambda _old, new: told.append(new))
    for number in range(100):
        first.update(probe=(float(number), 0.0, 0.0))
    qtbot.waitUntil(lambda: second.state.probe == (99.0, 0.0, 0.0))
    assert len(told) < 100


@pytest.mark.usefixtures("_linked")
def test_the_first_follows_at_once_and_is_not_taken_back(stores: Pair, qtbot: QtBot) -> None:
    first, second = stores
    first.update(probe=(1.0, 0.0, 0.0))
    first.update(probe=(2.0, 0.0, 0.0))
    second.update(probe=(5.0, 0.0, 0.0))
    assert first.state.probe == (5.0, 0.0, 0.0)
    first.update(view=View(3, 3, 1))
    qtbot.waitUntil(lambda: second.state.view == View(3, 3, 1))
    assert _same(stores, "probe", (5.0, 0.0, 0.0))


@pytest.mark.usefixtures("_linked")
def test_a_move_that_answers_a_move_wins(stores: Pair) -> None:
    first, second = stores
    first.changed.connect(
        lambda _old, new: first.update(probe=(9.0, 0.0, 0.0)) if new.probe == (1.0, 0.0, 0.0) else None
    )
    second.update(probe=(1.0, 0.0, 0.0))
    assert first.state.probe == (9.0, 0.0, 0.0)


@pytest.mark.usefixtures("_linked")
def test_who_is_led_away_from_an_image_is_no_longer_at_its_code(stores: Pair) -> None:
    first, second = stores
    first.update(original=4)
    second.update(view=View(0, 0, 1))
    assert _same((first, first), "original", 4)
    second.update(probe=(1.0, 0.0, 0.0), original=7)
    assert first.state.original is None
    assert second.state.original == 7


@pytest.mark.parametrize("leader", [0, 1], ids=["first", "second"])
def test_models_of_other_dimensions_share_their_looks_alone(qtbot: QtBot, leader: int) -> None:
    stores = Store(_state(3)), Store(_state(2))
    link = Link(*stores)
    assert not link.is_same_space
    follower = stores[1 - leader]
    before = follower.state
    probe = (1.0,) * len(stores[leader].state.probe)
    stores[leader].update(probe=probe, plane_dims=(1, 0), view=View(1, 1, 1), hidden=frozenset({"red"}))
    assert follower.state == replace(before, hidden=frozenset({"red"}))
    link.close()


def test_models_of_other_classes_decode_as_their_own(qtbot: QtBot) -> None:
    stores = Store(_state(classes=("red", "green"))), Store(_state())
    link = Link(*stores)
    stores[0].update(condition=1)
    assert stores[1].state.condition == 0
    link.close()


@pytest.mark.usefixtures("_linked")
def test_with_another_model_of_the_first_the_second_comes_along(stores: Pair) -> None:
    first, second = stores
    second.update(view=View(1, 1, 1))
    first.update(model=_state().model, probe=(0.0, 0.0, 0.0), plane_dims=(1, 2), view=None)
    assert (second.state.plane_dims, second.state.view) == ((1, 2), None)


def test_after_closing_the_second_is_left_alone(stores: Pair) -> None:
    first, second = stores
    link = Link(first, second)
    link.close()
    first.update(probe=(1.0, 0.0, 0.0))
    assert second.state.probe == (0.0, 0.0, 0.0)
