from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from vae_explorer.core.config import DataConfig, ObjectiveConfig, RunConfig
from vae_explorer.core.latent.directions import principal_directions
from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.state import AppState, Layers, Store, View, same_plane


@pytest.fixture
def store() -> Store:
    return Store(AppState(probe=(1.0, 2.0, 3.0)))


@pytest.fixture
def told(store: Store) -> list[tuple[AppState, AppState]]:
    told: list[tuple[AppState, AppState]] = []
    store.changed.connect(lambda old, new: told.append((old, new)))
    return told


def test_a_change_tells_what_was_and_what_is(store: Store, told: list[tuple[AppState, AppState]]) -> None:
    before = store.state
    store.update(smooth=True, probe=(0.0, 0.0, 0.0))
    assert told == [(before, replace(before, smooth=True, probe=(0.0, 0.0, 0.0)))]
    assert store.state is told[0][1]


@pytest.mark.parametrize(
    "same",
    [
        {"probe": (1.0, 2.0, 3.0)},
        {"layers": Layers()},
        {"view": None, "hidden": frozenset()},
        {},
    ],
)
def test_what_is_the_same_is_not_told(
    store: Store, told: list[tuple[AppState, AppState]], same: dict[str, object]
) -> None:
    store.update(**same)
    assert told == []


def test_an_unknown_field_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="colour"):
        store.update(colour="red")


def test_a_change_made_while_others_are_told_is_told_after_it(store: Store) -> None:
    def round_view(_old: AppState, new: AppState) -> None:
        if new.view is not None:
            store.update(view=replace(new.view, x=float(round(new.view.x))))

    last: list[AppState] = []
    store.changed.connect(round_view)
    store.changed.connect(lambda _old, new: last.append(new))
    store.update(view=View(0.7, 0.0, 1.0))
    assert [state.view.x for state in last if state.view] == [0.7, 1.0]
    assert last[-1] is store.state


def test_a_listener_that_raises_does_not_silence_the_store(
    store: Store, told: list[tuple[AppState, AppState]], qtbot: QtBot
) -> None:
    def fail(_old: AppState, _new: AppState) -> None:
        raise ValueError

    store.changed.connect(fail)
    with qtbot.captureExceptions() as raised:
        store.update(smooth=True)
        store.update(smooth=False)
    assert len(raised) == 2
    assert [new.smooth for _, new in told] == [True, False]


def test_the_plane_goes_through_the_probe() -> None:
    state = AppState(probe=(1.0, 2.0, 3.0), plane_dims=(0, 2))
    assert state.plane == LatentPlane.of_dims((1.0, 2.0, 3.0), 0, 2)
    assert state.plane is not None
    assert np.allclose(state.plane.lift((5, 6)), [5, 2, 6])


def test_without_a_probe_there_is_no_plane() -> None:
    assert AppState().plane is None


def test_states_show_the_same_plane_exactly_where_their_planes_are_equal() -> None:
    probes = [(0.0, 0.0, 0.0), (1.0, 2.0, 0.0), (1.0, 2.0, 3.0), (1.0, 0.0, 3.0), (1.0, 2.0)]
    states = [AppState(probe=probe, plane_dims=dims) for probe in probes for dims in ((0, 1), (1, 0), (0, 2))]
    states = [state for state in states if max(state.plane_dims) < len(state.probe)]
    for one in states:
        for other in states:
            assert same_plane(one, other) == (one.plane == other.plane)


def test_a_place_of_a_plane_of_thousands_of_numbers_stays_on_it() -> None:
    random = np.random.default_rng(0)
    directions = principal_directions(random.normal(size=(50, 4096)) * 3)
    state = AppState(probe=directions.reference, directions=directions)
    plane = state.plane
    assert plane is not None
    for place in random.uniform(-20, 20, (20, 2)):
        moved = replace(state, probe=tuple(plane.lift(place).tolist()))
        assert same_plane(state, moved)
        turned = replace(moved, probe=(moved.probe[0] + 0.001, *moved.probe[1:]))
        assert not same_plane(moved, turned)


@pytest.mark.parametrize(("objective", "has_prior"), [("vae", True), ("wae-mmd", True), ("ae", False)])
def test_every_model_but_the_plain_autoencoder_has_a_prior(objective: str, has_prior: bool) -> None:
    config = RunConfig(data=DataConfig(source="sample:digits"), objective=ObjectiveConfig(name=objective))
    assert ModelInfo(config, None, "any", "cpu").has_prior is has_prior
