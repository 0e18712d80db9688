from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.services.conftest import MakeImages
from vae_explorer.services import selection
from vae_explorer.services.selection import Mode, Selection, changes_to_select, others, with_label, with_name


def selected(*indices: int) -> Selection:
    return Selection(np.array(indices, np.int64))


@pytest.mark.parametrize(("mode", "expected"), [("replace", [2, 5]), ("add", [1, 2, 3, 5]), ("subtract", [1, 3])])
def test_a_selection_is_replaced_grows_or_shrinks(mode: Mode, expected: list[int]) -> None:
    change = changes_to_select(selected(1, 2, 3), [5, 2, 5], mode)
    assert change["selection"].indices.tolist() == expected


def test_nothing_selected_is_no_selection() -> None:
    assert changes_to_select(selected(1), [1], "subtract") == {"selection": None}
    assert changes_to_select(None, [], "replace") == {"selection": None}
    assert changes_to_select(None, [], "subtract") == {"selection": None}


def test_selections_are_equal_where_their_images_are() -> None:
    assert selected(1, 2) == selected(1, 2)
    assert hash(selected(1, 2)) == hash(selected(1, 2))
    assert selected(1, 2) != selected(1, 3)


def test_a_mask_tells_of_every_image() -> None:
    assert selected(0, 3).mask(5).tolist() == [True, False, False, True, False]


def test_images_are_found_by_their_label(make_images: MakeImages) -> None:
    images = replace(make_images(count=6), labels=np.array([0, 1, 0, 2, 1, 0]), label_names=("a", "b", "c"))
    assert with_label(images, 0).tolist() == [0, 2, 5]
    assert with_label(replace(images, labels=None), 0).tolist() == []


def test_images_are_found_by_words_of_their_names(make_images: MakeImages) -> None:
    images = replace(
        make_images(count=4), paths=("Cats/Black one.png", "cats/white.png", "dogs/black.PNG", "\udcff.png")
    )
    assert with_name(images, "black").tolist() == [0, 2]
    assert with_name(images, "CATS black").tolist() == [0]
    assert with_name(images, "cow").tolist() == []
    assert with_name(images, "  ").tolist() == []


@pytest.mark.parametrize("mode", ["replace", "add", "subtract"])
def test_among_many_images_the_same_is_selected_as_among_few(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0)
    before, new = selected(*sorted(noise.choice(500, 200, replace=False))), noise.integers(0, 700, 300)
    few = changes_to_select(before, new, mode)["selection"]
    monkeypatch.setattr(selection, "_FEW", 10)
    many = changes_to_select(before, new, mode)["selection"]
    assert many.indices.tolist() == few.indices.tolist()
    assert many == few


def test_all_others_are_those_that_are_not_selected() -> None:
    assert others(selected(0, 2), 4).tolist() == [1, 3]
    assert others(None, 3).tolist() == [0, 1, 2]
