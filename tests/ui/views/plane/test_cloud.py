from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.ui.views.plane.planes import MakeState, cloud_of
from vae_explorer.core.latent.plane import Flat, LatentPlane
from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState
from vae_explorer.ui.views.plane import cloud as cloud_module
from vae_explorer.ui.views.plane.cloud import Cloud, CloudOfNow, CloudRequest, places_of
from vae_explorer.ui.views.plane.scene import DEPTHS, colouring

EVERYWHERE = (-1e9, 1e9, -1e9, 1e9)


def asked(state: AppState, plane: Flat | None = None) -> CloudRequest:
    request = CloudRequest.of(state, plane or state.plane, colouring(state))
    assert request is not None
    return request


def see(state: AppState, plane: Flat | None = None) -> Cloud:
    return asked(state, plane).make()


def by_number(cloud: Cloud, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """In the order of the images."""
    return values[np.argsort(cloud.index.numbers)]


def depths(cloud: Cloud) -> NDArray[np.generic]:
    return by_number(cloud, cloud.rows % DEPTHS)


def test_points_lie_at_their_two_dimensions_of_the_plane(make_state: MakeState) -> None:
    state = make_state(dims=5)
    assert state.embedding is not None
    points = see(state, LatentPlane.of_dims(state.probe, 3, 1))
    assert by_number(points, points.index.xy) == pytest.approx(state.embedding.mean[:, [3, 1]], abs=1e-6)
    assert len(points.index) == 20


def test_points_far_from_the_plane_lie_deeper(make_state: MakeState) -> None:
    state = make_state(dims=3, count=100)
    assert state.embedding is not None
    points = see(state, LatentPlane.of_dims((0, 0, 0.5), 0, 1))
    order = np.argsort(np.abs(state.embedding.mean[:, 2] - 0.5))
    assert (np.diff(depths(points)[order].astype(int)) >= 0).all()
    assert np.bincount(depths(points)).tolist() == pytest.approx([10, 30, 60], abs=1)


def test_points_of_long_codes_are_made_on_another_thread(make_state: MakeState) -> None:
    assert asked(make_state(dims=4096, count=40)).is_quick
    assert not asked(make_state(dims=4096, count=100)).is_quick
    assert asked(make_state(dims=2, count=2000)).is_quick


def test_two_dimensions_have_no_depth(make_state: MakeState) -> None:
    state = make_state(dims=2)
    assert not depths(see(state)).any()


def test_one_dimension_is_spread_for_the_eye_the_same_each_time(make_state: MakeState) -> None:
    state = replace(make_state(dims=1), plane_dims=(0, 0))
    assert state.embedding is not None
    first, second = (by_number(cloud, cloud.index.xy) for cloud in (see(state), see(state)))
    assert first[:, 0] == pytest.approx(state.embedding.mean[:, 0])
    assert 0.3 < np.abs(first[:, 1]).max() <= 0.5
    assert np.array_equal(first, second)


def test_categories_can_be_switched_off(make_state: MakeState) -> None:
    state = replace(make_state(), hidden=frozenset({"green", "no such name"}))
    points = see(state)
    assert np.array_equal(np.sort(points.index.numbers), np.flatnonzero(np.arange(20) % 3 != 1))


def test_those_that_are_not_selected_are_grey_and_none_that_is_fades(make_state: MakeState) -> None:
    state = make_state(dims=3, count=100)
    cloud = see(replace(state, selection=Selection(np.arange(0, 100, 2))))
    grey = len(cloud.table) // DEPTHS - 1
    colours = by_number(cloud, cloud.rows // DEPTHS)
    assert (colours[1::2] == grey).all()
    assert (colours[::2] == np.arange(0, 100, 2) % 3).all()
    assert not depths(cloud)[::2].any()
    assert depths(cloud)[1::2].any()


def test_codes_of_another_model_than_the_planes_have_no_cloud(make_state: MakeState) -> None:
    state = make_state(dims=3)
    assert CloudRequest.of(state, LatentPlane.of_dims((0, 0), 0, 1), colouring(state)) is None
    assert CloudRequest.of(replace(state, embedding=None), state.plane, None) is None


def test_on_a_layout_by_neighbours_points_lie_where_it_has_them(make_state: MakeState) -> None:
    state = make_state(dims=3)
    assert state.embedding is not None
    xy = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    cloud = see(state, Projection(state.embedding.mean, xy))
    assert np.array_equal(by_number(cloud, cloud.index.xy), xy)


def test_places_are_the_same_whatever_they_are_asked_with(make_state: MakeState) -> None:
    for dims in (1, 2, 5):
        state = replace(make_state(dims=dims), plane_dims=(0, dims - 1))
        assert state.embedding is not None
        assert state.plane is not None
        places = places_of(state.embedding.mean, state.plane, np.arange(20, dtype=np.int32))
        one = places_of(state.embedding.mean, state.plane, np.array([7], np.int32))
        assert np.array_equal(one[0], places[7])


# What comes in sight


def looks_of(cloud: Cloud, box: tuple[float, float, float, float], pixel: float) -> NDArray[np.float64]:
    """Add up all that is in sight. -> (4,)."""
    pieces = cloud.in_sight(box, pixel)
    sums = [looks.sum(axis=0, dtype=np.float64) for _, looks in pieces]
    return np.asarray(np.sum(sums, axis=0))


def test_merged_points_look_like_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    xy = np.random.default_rng(0).normal(size=(50_000, 2))
    xy[0] = 1e6
    cloud = cloud_of(xy, categories=np.arange(50_000) % 2, depth=np.arange(50_000) % 3)
    sharp, merged = (looks_of(cloud, EVERYWHERE, pixel) for pixel in (1e-9, 0.1))
    assert sum(len(xy) for xy, _ in cloud.in_sight(EVERYWHERE, 0.1)) < 10_000
    assert merged == pytest.approx(sharp, rel=0.003)
    monkeypatch.setattr(cloud_module, "_PIECE", 1000)
    assert looks_of(cloud, EVERYWHERE, 1e-9) == pytest.approx(sharp, rel=1e-6)


def test_memory_is_bounded() -> None:
    count = 200_000
    assert cloud_of(np.random.default_rng(0).normal(size=(count, 2))).nbytes <= 24 * count


# From one to the next


# Asked by functions: mypy believes that an attribute stays as it was.


def settled(now: CloudOfNow) -> bool:
    return now.is_settled


def shown(now: CloudOfNow) -> Cloud | None:
    return now.cloud


class Wanted:
    """Notes what is to be made elsewhere."""

    def __init__(self) -> None:
        self.all: list[tuple[CloudRequest, Callable[[], Cloud]]] = []

    def __call__(self, request: CloudRequest, work: Callable[[], Cloud]) -> None:
        self.all.append((request, work))

    def make(self, now: CloudOfNow, number: int = -1) -> bool:
        request, work = self.all[number]
        return now.take(request, work())


@pytest.fixture
def wanted() -> Wanted:
    return Wanted()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let twenty points be many."""
    monkeypatch.setattr(cloud_module, "AT_ONCE", 10)


def test_the_cloud_of_few_points_is_there_at_once(make_state: MakeState, wanted: Wanted) -> None:
    now = CloudOfNow(wanted)
    assert settled(now)
    now.ask(asked(make_state()))
    assert shown(now) is not None
    assert settled(now)
    assert not wanted.all
    now.ask(None)
    assert shown(now) is None
    assert settled(now)


@pytest.mark.usefixtures("many")
def test_that_of_many_comes_when_it_is_made(make_state: MakeState, wanted: Wanted) -> None:
    now = CloudOfNow(wanted)
    now.ask(asked(make_state()))
    assert shown(now) is None
    assert not settled(now)
    assert wanted.make(now)
    assert shown(now) is not None
    assert settled(now)


@pytest.mark.usefixtures("many")
def test_meanwhile_points_with_other_looks_stay_and_points_of_another_plane_do_not(
    make_state: MakeState, wanted: Wanted
) -> None:
    now, state = CloudOfNow(wanted), make_state(dims=3)
    now.ask(asked(state))
    wanted.make(now)
    first = shown(now)
    selected = replace(state, selection=Selection(np.array([3])))
    now.ask(asked(selected))
    assert shown(now) is first
    assert not settled(now)
    wanted.make(now)
    second = shown(now)
    assert first is not None
    assert second is not None
    assert second is not first
    assert second.index is first.index
    now.ask(asked(replace(selected, plane_dims=(1, 2))))
    assert shown(now) is None


@pytest.mark.usefixtures("many")
def test_what_comes_too_late_is_taken_only_where_it_is_not_wrong(make_state: MakeState, wanted: Wanted) -> None:
    now, state = CloudOfNow(wanted), make_state(dims=3)
    now.ask(asked(state))
    turned = replace(state, probe=(0.0, 0.0, 1.0))
    now.ask(asked(turned))
    assert wanted.make(now, 0)
    assert shown(now) is not None
    assert not settled(now)
    now.ask(asked(replace(state, plane_dims=(0, 2))))
    assert not wanted.make(now, 1)
    assert shown(now) is None


def test_only_the_same_points_at_the_same_places_share_an_index(make_state: MakeState) -> None:
    state = make_state(dims=3)
    first = asked(state)
    cloud = first.make()
    for same in (replace(state, probe=(0.0, 0.0, 2.0)), replace(state, selection=Selection(np.array([1])))):
        assert asked(same).make((first, cloud)).index is cloud.index
    for other in (replace(state, plane_dims=(2, 1)), replace(state, hidden=frozenset({"red"})), make_state(dims=3)):
        assert asked(other).make((first, cloud)).index is not cloud.index
