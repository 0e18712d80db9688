from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.services.conftest import MakeImages
from vae_explorer.core.config import DataConfig, ModelConfig, RunConfig
from vae_explorer.services import undo
from vae_explorer.services.colours import ColourBy
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState, Layers, Store, View
from vae_explorer.services.undo import MERGE_S, MOST_STEPS, UndoHistory


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def rest(self) -> None:
        self.now += 2 * MERGE_S


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(make_images: MakeImages) -> Store:
    config = RunConfig(data=DataConfig(source="sample:digits"), model=ModelConfig(latent_dims=3))
    return Store(AppState(ModelInfo(config, None, "VAE", "cpu"), make_images(count=3), probe=(0.0, 0.0, 0.0)))


@pytest.fixture
def history(store: Store, clock: Clock) -> UndoHistory:
    return UndoHistory(store, now=clock)


def test_twenty_mixed_actions_are_undone_to_the_identical_state(
    store: Store, history: UndoHistory, clock: Clock
) -> None:
    states = [store.state]
    for number in range(5):
        store.update(probe=(float(number + 1), 0.0, 0.0))
        states.append(store.state)
        store.update(view=View(number, 0, 0.1))
        states.append(store.state)
        store.update(layers=Layers(points=number % 2 == 1))
        states.append(store.state)
        store.update(plane_dims=(0, 1 + number % 2), view=None)
        states.append(store.state)
        clock.rest()
    assert len(history.steps) == 20
    for state in reversed(states[:-1]):
        history.undo()
        assert store.state == state
    for state in states[1:]:
        history.redo()
        assert store.state == state


def test_a_drag_is_one_step(store: Store, history: UndoHistory, clock: Clock) -> None:
    before = store.state
    store.begin_gesture()
    for place in range(100):
        store.update(probe=(place / 10, 1.0, 0.0))
        clock.rest()
    store.end_gesture()
    assert len(history.steps) == 1
    history.undo()
    assert store.state == before


def test_two_drags_in_a_hurry_are_two_steps(store: Store, history: UndoHistory) -> None:
    for place in (1.0, 2.0):
        store.begin_gesture()
        store.update(probe=(place, 0.0, 0.0))
        store.end_gesture()
    assert len(history.steps) == 2


def test_turns_of_the_wheel_that_follow_each_other_are_one_step(
    store: Store, history: UndoHistory, clock: Clock
) -> None:
    for turn in range(5):
        store.update(view=View(0, 0, 1 / (turn + 1)))
    clock.rest()
    store.update(view=View(0, 0, 0.01))
    assert len(history.steps) == 2


def test_quick_changes_of_another_kind_are_steps_of_their_own(store: Store, history: UndoHistory) -> None:
    store.update(probe=(1.0, 0.0, 0.0))
    store.update(probe=(1.0, 1.0, 0.0))
    store.update(smooth=True)
    assert [sorted(step.dims) for step in history.steps] == [[0], [1], []]


def test_quick_switches_are_steps_of_their_own(store: Store, history: UndoHistory) -> None:
    store.update(layers=Layers(points=False))
    store.update(layers=Layers(points=False, prior=False))
    assert len(history.steps) == 2


def test_what_is_done_after_undoing_replaces_what_was_undone(store: Store, history: UndoHistory, clock: Clock) -> None:
    store.update(probe=(1.0, 0.0, 0.0))
    clock.rest()
    store.update(smooth=True)
    history.undo()
    store.update(colour_by=ColourBy("none"))
    assert [set(step.after) for step in history.steps] == [{"probe"}, {"colour_by"}]
    history.redo()
    assert not store.state.smooth


def test_one_can_jump_to_any_step_and_not_beyond(store: Store, history: UndoHistory, clock: Clock) -> None:
    for place in range(1, 6):
        store.update(probe=(float(place), 0.0, 0.0))
        clock.rest()
    history.go_to(2)
    assert store.state.probe[0] == 2
    history.go_to(5)
    assert store.state.probe[0] == 5
    history.go_to(6)
    history.go_to(-1)
    assert store.state.probe[0] == 5


def test_another_model_begins_a_history_of_its_own(store: Store, history: UndoHistory) -> None:
    store.update(probe=(1.0, 0.0, 0.0))
    assert store.state.model is not None
    store.update(model=replace(store.state.model), probe=(0.0, 0.0))
    assert history.steps == ()
    history.undo()
    assert store.state.probe == (0.0, 0.0)


def test_what_the_program_changes_is_no_step(store: Store, history: UndoHistory, make_images: MakeImages) -> None:
    store.update(images=make_images(count=4), hidden=frozenset({"a"}), original=None)
    assert history.steps == ()


def test_many_steps_are_kept_and_the_oldest_are_forgotten(store: Store, history: UndoHistory, clock: Clock) -> None:
    for place in range(MOST_STEPS + 5):
        store.update(probe=(float(place + 1), 0.0, 0.0))
        clock.rest()
    assert len(history.steps) == MOST_STEPS >= 100
    history.go_to(0)
    assert store.state.probe[0] == 5


def test_a_drag_that_another_model_ends_leaves_nothing_held(store: Store, history: UndoHistory, clock: Clock) -> None:
    assert store.state.model is not None
    store.begin_gesture()
    store.update(probe=(1.0, 0.0, 0.0))
    store.update(model=replace(store.state.model), probe=(0.0, 0.0))
    store.update(layers=Layers(points=False))
    store.update(layers=Layers(points=False, prior=False))
    assert len(history.steps) == 2


def test_what_is_dragged_on_after_undoing_is_a_step_of_its_own(
    store: Store, history: UndoHistory, clock: Clock
) -> None:
    store.update(smooth=True)
    clock.rest()
    store.begin_gesture()
    store.update(probe=(1.0, 0.0, 0.0))
    history.undo()
    store.update(probe=(2.0, 0.0, 0.0))
    store.end_gesture()
    assert [set(step.after) for step in history.steps] == [{"smooth"}, {"probe"}]


def test_images_gone_to_one_after_the_other_are_steps_of_their_own(store: Store, history: UndoHistory) -> None:
    for index in range(3):
        store.update(probe=(float(index + 1), 0.0, 0.0), original=index)
    assert len(history.steps) == 3


def test_of_large_selections_as_many_steps_are_kept_as_memory_takes(
    store: Store, history: UndoHistory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "MOST_SELECTED", 100)
    for start in range(10):
        store.update(selection=Selection(np.arange(start, start + 30)))
        clock.rest()
    assert len(history.steps) == 2  # each holds what was selected before it, and after
    history.undo()
    before = Selection(np.arange(8, 38))
    assert store.state.selection == before
    store.update(selection=Selection(np.arange(1000)))
    assert [step.before["selection"] for step in history.steps] == [before]
