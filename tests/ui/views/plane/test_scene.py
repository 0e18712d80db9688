from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.services.state import AppState, ColourBy
from vae_explorer.ui.views.plane.scene import Cloud, cloud, colouring

MakeState = Callable[..., AppState]


def with_paths(state: AppState, *paths: str) -> AppState:
    assert state.images is not None
    return replace(state, images=replace(state.images, paths=paths))


def see(state: AppState, plane: LatentPlane | None, by: ColourBy = "label") -> Cloud:
    assert state.embedding is not None
    assert plane is not None
    return cloud(state, state.embedding, plane, colouring(state.embedding.images, by))


def test_labels_are_the_categories(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    colours = colouring(images, "label")
    assert colours.names == ("red", "green", "blue")
    assert np.array_equal(colours.categories, np.arange(20) % 3)


def test_the_same_images_are_sorted_once(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    assert colouring(images, "folder") is colouring(images, "folder")


def test_without_labels_all_images_are_alike(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    for colours in (colouring(replace(images, labels=None), "label"), colouring(images, "none")):
        assert len(colours.names) == 1
        assert not colours.categories.any()


def test_folders_are_categories_in_order(make_state: MakeState) -> None:
    state = with_paths(make_state(count=4), "b/1.png", "a/x/2.png", "b/3.png", "4\udcff.png")
    assert state.images is not None
    colours = colouring(state.images, "folder")
    assert colours.names == (".", "a/x", "b")
    assert colours.categories.tolist() == [2, 1, 2, 0]


def test_points_lie_at_their_two_dimensions_of_the_plane(make_state: MakeState) -> None:
    state = make_state(dims=5)
    assert state.embedding is not None
    points = see(state, LatentPlane.of_dims(state.probe, 3, 1))
    assert points.xy == pytest.approx(state.embedding.mean[:, [3, 1]], abs=1e-6)
    assert points.shown.all()


def test_points_far_from_the_plane_lie_deeper(make_state: MakeState) -> None:
    state = make_state(dims=3, count=100)
    assert state.embedding is not None
    points = see(state, LatentPlane.of_dims((0, 0, 0.5), 0, 1))
    order = np.argsort(np.abs(state.embedding.mean[:, 2] - 0.5))
    assert (np.diff(points.depth[order]) >= 0).all()
    assert np.bincount(points.depth).tolist() == pytest.approx([10, 30, 60], abs=1)


def test_two_dimensions_have_no_depth(make_state: MakeState) -> None:
    state = make_state(dims=2)
    assert not see(state, state.plane).depth.any()


def test_one_dimension_is_spread_for_the_eye_the_same_each_time(make_state: MakeState) -> None:
    state = replace(make_state(dims=1), plane_dims=(0, 0))
    assert state.embedding is not None
    first, second = see(state, state.plane), see(state, state.plane)
    assert first.xy[:, 0] == pytest.approx(state.embedding.mean[:, 0])
    assert np.abs(first.xy[:, 1]).max() <= 0.5
    assert np.array_equal(first.xy, second.xy)


def test_categories_can_be_switched_off(make_state: MakeState) -> None:
    state = replace(make_state(), hidden=frozenset({"green", "no such name"}))
    points = see(state, state.plane)
    assert np.array_equal(points.shown, np.arange(20) % 3 != 1)
