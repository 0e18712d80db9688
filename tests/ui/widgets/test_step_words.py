from __future__ import annotations

from typing import Any

import pytest

from vae_explorer.services.colours import BY_LABEL, ColourBy
from vae_explorer.services.state import Layers, View
from vae_explorer.services.undo import Step
from vae_explorer.ui.widgets.step_words import words_for

NEAR, FAR, ASIDE = View(0, 0, 0.01), View(0, 0, 0.02), View(1, 0, 0.01)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"view": FAR}, {"view": NEAR}, "zoom in"),
        ({"view": NEAR}, {"view": FAR}, "zoom out"),
        ({"view": NEAR}, {"view": ASIDE}, "pan"),
        ({"view": NEAR}, {"view": None}, "show all the data"),
        ({"layers": Layers()}, {"layers": Layers(prior=False)}, "hide prior"),
        ({"layers": Layers(mosaic=False)}, {"layers": Layers()}, "show mosaic"),
        ({"hidden": frozenset()}, {"hidden": frozenset({"7"})}, "hide “7”"),
        ({"hidden": frozenset({"7"})}, {"hidden": frozenset()}, "show “7”"),
        ({"hidden": frozenset()}, {"hidden": frozenset({"7", "8"})}, "choose labels"),
        ({"plane_dims": (0, 1), "view": NEAR}, {"plane_dims": (2, 1), "view": None}, "show z3 and z2"),
        ({"colour_by": ColourBy("label")}, {"colour_by": ColourBy("none")}, "colour: one colour"),
        ({"colour_by": BY_LABEL}, {"colour_by": ColourBy("kl"), "table": None}, "colour: by KL"),
        ({"smooth": False}, {"smooth": True}, "smooth pixels"),
        ({"tile_px": 32}, {"tile_px": 48}, "larger images on the map"),
        ({"layers": Layers()}, {"layers": Layers(density=True)}, "show density"),
        ({"condition": 0}, {"condition": 1}, "choose a class"),
    ],
)
def test_a_step_is_named_by_what_it_did(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert words_for(Step(before, after)) == words


@pytest.mark.parametrize(
    ("probe", "dims", "words"),
    [
        ((0.0, 1.5, 0.0), {1}, "turn z2 to 1.50"),
        ((1.0, 1.5, 0.0), {0, 1}, "move the probe"),
        ((0.0, 0.0, 0.0), {0, 1}, "back to the origin"),
    ],
)
def test_a_move_of_the_probe_names_its_dimension(probe: tuple[float, ...], dims: set[int], words: str) -> None:
    assert words_for(Step({"probe": ()}, {"probe": probe}, frozenset(dims))) == words


def test_taking_an_images_code_says_so() -> None:
    assert words_for(Step({"probe": (0.0,), "original": None}, {"probe": (1.0,), "original": 3})) == "go to an image"
