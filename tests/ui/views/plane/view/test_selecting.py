"""Lasso and box: what is drawn around is selected, and the others go grey."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from tests.ui.views.plane.planes import place_of
from vae_explorer.services.state import Store
from vae_explorer.ui.views.plane import PlaneView, view

LEFT = Qt.MouseButton.LeftButton
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


def draw(
    plane: PlaneView, corners: list[QPoint], modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.mousePress(plane, LEFT, modifiers, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(plane, corner)
    QTest.mouseRelease(plane, LEFT, modifiers, corners[-1])


def around(place: QPoint, reach: int = 4) -> list[QPoint]:
    """A lasso around one place."""
    return [place + QPoint(dx, dy) * reach for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def choose(plane: PlaneView, shape: str) -> None:
    button = plane.findChild(QToolButton, f"select_{shape}")
    assert button is not None
    button.click()


def selected(store: Store) -> list[int]:
    return [] if store.state.selection is None else store.state.selection.indices.tolist()


def near(plane: PlaneView, store: Store, index: int, reach: int) -> list[int]:
    """The images whose points lie in a square around one of them."""
    assert store.state.embedding is not None
    viewport = plane.viewport()
    pixels = np.floor(viewport.to_pixels(store.state.embedding.mean[:, :2]))
    place = place_of(plane, index)
    offset = np.abs(pixels - np.array([place.x(), place.y()]))
    return np.flatnonzero((offset < reach).all(axis=1)).tolist()


def test_a_lasso_selects_what_it_goes_around_and_moves_no_probe(plane: PlaneView, store: Store) -> None:
    before = store.state.probe
    choose(plane, "lasso")
    draw(plane, around(place_of(plane, 3), 6))
    assert 3 in selected(store)
    assert selected(store) == near(plane, store, 3, 6)
    assert store.state.probe == before


def test_a_box_goes_from_corner_to_corner_whichever_way(plane: PlaneView, store: Store) -> None:
    choose(plane, "box")
    place = place_of(plane, 5)
    draw(plane, [place + QPoint(9, 9), place + QPoint(50, 3), place - QPoint(9, 9)])
    assert 5 in selected(store)
    assert set(selected(store)) <= set(near(plane, store, 5, 11))


def test_with_shift_a_lasso_needs_no_button_and_control_and_alt_add_and_take_away(
    plane: PlaneView, store: Store
) -> None:
    draw(plane, around(place_of(plane, 3)), SHIFT)
    draw(plane, around(place_of(plane, 7)), SHIFT | CONTROL)
    assert {3, 7} <= set(selected(store))
    draw(plane, around(place_of(plane, 3)), SHIFT | ALT)
    assert 7 in selected(store)
    assert 3 not in selected(store)


def test_a_click_selects_the_image_under_it_and_beside_all_of_them_nothing(plane: PlaneView, store: Store) -> None:
    choose(plane, "lasso")
    QTest.mouseClick(plane, LEFT, pos=place_of(plane, 3))
    assert len(selected(store)) == 1
    QTest.mouseClick(plane, LEFT, pos=QPoint(2, 2))
    assert selected(store) == []


def test_among_many_images_others_are_asked_to_select(
    plane: PlaneView, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "AT_ONCE", 10)
    asked = list[tuple[Callable[[], NDArray[np.int64]], str]]()
    plane.selection_wanted.connect(lambda find, mode: asked.append((find, mode)))
    draw(plane, around(place_of(plane, 3), 6), SHIFT | CONTROL)
    assert selected(store) == []
    (find, mode), = asked  # fmt: skip
    assert mode == "add"
    assert sorted(find().tolist()) == near(plane, store, 3, 6)


def test_escape_selects_nothing(plane: PlaneView, store: Store) -> None:
    draw(plane, around(place_of(plane, 3)), SHIFT)
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    assert store.state.selection is None


def test_the_buttons_exclude_each_other_and_let_go(plane: PlaneView, store: Store) -> None:
    choose(plane, "lasso")
    choose(plane, "box")
    lasso = plane.findChild(QToolButton, "select_lasso")
    assert lasso is not None
    assert not lasso.isChecked()
    choose(plane, "box")
    before = store.state.probe
    QTest.mouseClick(plane, LEFT, pos=QPoint(100, 90))
    assert store.state.probe != before


def test_points_that_are_not_selected_go_grey(plane: PlaneView, store: Store) -> None:
    store.update(layers=type(store.state.layers)(mosaic=False, prior=False, support=False))
    coloured = plane.grab().toImage()
    draw(plane, around(place_of(plane, 3)), SHIFT)
    grey = plane.grab().toImage()
    kept, lost = place_of(plane, 3), next(
        place_of(plane, index) for index in range(20) if index not in selected(store) and apart(plane, index, 3)
    )  # fmt: skip
    assert grey.pixelColor(kept).saturation() >= coloured.pixelColor(kept).saturation()
    assert grey.pixelColor(lost) != coloured.pixelColor(lost)
    assert grey.pixelColor(lost).saturation() < coloured.pixelColor(lost).saturation()


def apart(plane: PlaneView, one: int, other: int) -> bool:
    return (place_of(plane, one) - place_of(plane, other)).manhattanLength() > 30


@pytest.mark.parametrize("layers", [{"points": False}])
def test_points_that_are_hidden_cannot_be_selected(plane: PlaneView, store: Store, layers: dict[str, bool]) -> None:
    store.update(layers=type(store.state.layers)(**layers))
    draw(plane, around(place_of(plane, 3), 200), SHIFT)
    assert selected(store) == []


def test_escape_in_a_lasso_drops_the_lasso_alone(plane: PlaneView, store: Store) -> None:
    draw(plane, around(place_of(plane, 3)), SHIFT)
    before = selected(store)
    QTest.mousePress(plane, LEFT, SHIFT, QPoint(20, 20))
    QTest.mouseMove(plane, QPoint(60, 60))
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    QTest.mouseRelease(plane, LEFT, SHIFT, QPoint(60, 60))
    assert selected(store) == before
