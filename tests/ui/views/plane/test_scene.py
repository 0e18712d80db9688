from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.shades import STEPS, UNKNOWN, Groups, Shades
from vae_explorer.services.colours import ColourBy
from vae_explorer.services.state import AppState, Shading
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scene import DEPTHS, MOST_COLOURS, OPACITY, Colouring, colouring, sort_by

MakeState = Callable[..., AppState]


def with_paths(state: AppState, *paths: str) -> AppState:
    assert state.images is not None
    return replace(state, images=replace(state.images, paths=paths))


def coloured(state: AppState) -> Colouring:
    colours = colouring(state)
    assert colours is not None
    return colours


def shaded(state: AppState, by: ColourBy, content: Shades | Groups, images: ImageSet | None = None) -> AppState:
    """The state as it is once what colours the points is computed."""
    assert state.images is not None
    return replace(state, colour_by=by, shading=Shading(by, images or state.images, content))


def test_labels_are_the_categories(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    colours = sort_by(images, "label")
    assert colours.names == ("red", "green", "blue")
    assert np.array_equal(colours.categories, np.arange(20) % 3)


def test_the_same_images_are_sorted_once(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    assert sort_by(images, "folder") is sort_by(images, "folder")


def test_without_labels_all_images_are_alike(make_state: MakeState) -> None:
    images = make_state().images
    assert images is not None
    for colours in (sort_by(replace(images, labels=None), "label"), sort_by(images, "none")):
        assert len(colours.names) == 1
        assert not colours.categories.any()


def test_folders_are_categories_in_order(make_state: MakeState) -> None:
    state = with_paths(make_state(count=4), "b/1.png", "a/x/2.png", "b/3.png", "4\udcff.png")
    assert state.images is not None
    colours = sort_by(state.images, "folder")
    assert colours.names == (".", "a/x", "b")
    assert colours.categories.tolist() == [2, 1, 2, 0]


def test_numbers_are_coloured_from_little_to_much_and_grey_where_not_known(make_state: MakeState) -> None:
    values = [0.0, 1.0, float("nan"), *np.linspace(0, 1, 17)]
    colours = coloured(shaded(make_state(), ColourBy("kl"), Shades.of(values)))
    assert colours.names == ()
    assert colours.scale is not None
    assert colours.scale.shades is not None
    low, high, grey = (colours.colour(int(step)) for step in colours.categories[:3])
    assert (low, high) == (theme.scale_colour(0.5 / STEPS), theme.scale_colour(1 - 0.5 / STEPS))
    assert grey == QColor(theme.FAINT)


@pytest.mark.parametrize("stale", ["nothing", "another", "of other images"])
def test_until_it_is_computed_all_are_grey(make_state: MakeState, stale: str) -> None:
    state, by = make_state(), ColourBy("kl")
    shades = Shades.of(np.arange(20))
    if stale == "another":
        state = replace(shaded(state, ColourBy("nll"), shades), colour_by=by)
    elif stale == "of other images":
        state = shaded(state, by, shades, make_state().images)
    colours = coloured(replace(state, colour_by=by))
    assert (colours.categories == UNKNOWN).all()
    assert colours.scale is not None
    assert colours.scale.shades is None


def test_groups_have_a_colour_each_and_unknown_images_grey(make_state: MakeState) -> None:
    groups = Groups(np.arange(20) % 3, ("a", "b", "?"), unknown=2)
    state = shaded(make_state(), ColourBy("column", "mood"), groups)
    colours = coloured(state)
    assert colours.names == ("a", "b", "?")
    assert [colours.colour(number).name() for number in range(3)] == [*theme.CATEGORIES[:2], theme.FAINT]


def test_of_thousands_of_categories_some_share_a_colour(make_state: MakeState) -> None:
    count = 3 * MOST_COLOURS
    groups = Groups(np.arange(count), tuple(map(str, range(count))), unknown=count - 1)
    colours = coloured(shaded(make_state(count=count), ColourBy("column", "id"), groups))
    assert len(colours.palette) == MOST_COLOURS + 1
    assert colours.colour(MOST_COLOURS + 7) == colours.colour(7)
    assert colours.colour(count - 1) == QColor(theme.FAINT)


def test_without_an_embedding_there_are_no_colours(make_state: MakeState) -> None:
    assert colouring(replace(make_state(), embedding=None)) is None


def test_the_table_has_each_colour_at_each_depth_and_grey_last(make_state: MakeState) -> None:
    colours = coloured(make_state())
    table = colours.table.reshape(-1, DEPTHS, 4)
    for colour, rows in zip((*colours.palette, QColor(theme.FAINT)), table, strict=True):
        assert rows[:, 3] == pytest.approx(OPACITY)
        assert rows[:, :3] == pytest.approx(
            np.tile((colour.redF(), colour.greenF(), colour.blueF()), (DEPTHS, 1)), abs=1e-3
        )
