"""Knobs that show ahead: images along them, what they tell, locks, and chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.config import ObjectiveConfig
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.views.knobs import Knobs
from vae_explorer.ui.views.knobs.films import FRAMES, FilmRequest

MakeState = Callable[..., AppState]
LEFT = Qt.MouseButton.LeftButton
Asked = list[tuple[FilmRequest, NDArray[np.float32]]]


@pytest.fixture
def store(make_state: MakeState) -> Store:
    """Three dimensions: the first has collapsed, the second tells most."""
    state = make_state(3)
    assert state.embedding is not None
    log_var = np.tile(np.array([0.0, -8.0, -1.0], np.float32), (len(state.embedding.mean), 1))
    mean = state.embedding.mean * np.array([0.0, 1.0, 1.0], np.float32)
    return Store(replace(state, embedding=replace(state.embedding, mean=mean, log_var=log_var)))


@pytest.fixture
def knobs(store: Store, qtbot: QtBot) -> Knobs:
    knobs = Knobs(store)
    qtbot.addWidget(knobs)
    knobs.resize(320, 500)
    knobs.show()
    return knobs


@pytest.fixture
def asked(knobs: Knobs) -> Asked:
    asked: Asked = []
    knobs.films_wanted.connect(lambda request, codes: asked.append((request, codes)))
    return asked


def button(knobs: Knobs, name: str) -> QToolButton:
    found = knobs.findChild(QToolButton, name)
    assert found is not None
    return found


def answer(knobs: Knobs, asked: Asked) -> None:
    """Decode each code to a picture of its first coordinate."""
    request, codes = asked[-1]
    images = np.zeros((len(codes), 4, 4, 1), np.uint8)
    images[:] = np.arange(len(codes)).reshape(-1, 1, 1, 1)
    knobs.show_films(request, 0, images[:3])
    knobs.show_films(request, 3, images[3:])


def test_folded_knobs_ask_for_nothing(store: Store, knobs: Knobs, asked: Asked) -> None:
    store.update(probe=(0.0, 1.0, 0.0))
    assert asked == []


def test_unfolding_asks_for_images_along_the_range_as_the_others_stand(
    store: Store, knobs: Knobs, asked: Asked
) -> None:
    store.update(probe=(0.5, 0.25, -0.5))
    button(knobs, "z2_fold").click()
    (request, codes) = asked[-1]
    low, high = knobs.knobs[1].slider.range
    assert request.dims == (1,)
    assert codes[:, [0, 2]].tolist() == [[0.5, -0.5]] * FRAMES
    assert codes[0, 1] == pytest.approx(low + (high - low) / (2 * FRAMES))
    assert codes[FRAMES // 2, 1] == pytest.approx((low + high) / 2, abs=1e-6)
    answer(knobs, asked)
    assert [int(image[0, 0, 0]) for image in knobs.knobs[1].film.images if image is not None] == list(range(FRAMES))


def test_a_film_follows_another_knob_but_not_its_own(store: Store, knobs: Knobs, asked: Asked) -> None:
    button(knobs, "z2_fold").click()
    before = len(asked)
    store.update(probe=(0.0, 1.0, 0.0))
    assert len(asked) == before
    store.update(probe=(0.0, 1.0, 0.7))
    assert asked[-1][1][:, 2].tolist() == pytest.approx([0.7] * FRAMES)


def test_a_click_in_a_film_goes_there(store: Store, knobs: Knobs, asked: Asked) -> None:
    button(knobs, "z3_fold").click()
    film = knobs.knobs[2].film
    QTest.mouseClick(film, LEFT, pos=film.rect_of(5).center().toPoint())
    assert store.state.probe[2] == pytest.approx(float(film.values[5]))


def test_another_model_shows_no_old_images(store: Store, knobs: Knobs, asked: Asked, make_state: MakeState) -> None:
    button(knobs, "z2_fold").click()
    answer(knobs, asked)
    other = make_state(3)
    store.update(model=other.model, embedding=None)
    assert knobs.knobs[1].film.images == [None] * FRAMES


def test_each_knob_tells_its_kl_and_a_collapsed_one_says_so(knobs: Knobs) -> None:
    assert "Collapsed: its KL is 0.00 nats" in knobs.knobs[0].slider.toolTip()
    assert "Active: its KL is" in knobs.knobs[1].slider.toolTip()


def test_without_a_posterior_the_variance_is_told(store: Store, knobs: Knobs) -> None:
    assert store.state.embedding is not None
    store.update(embedding=replace(store.state.embedding, log_var=None))
    assert "variance" in knobs.knobs[1].slider.toolTip()


def test_sorted_by_what_they_tell_the_rows_change_places(knobs: Knobs, qtbot: QtBot) -> None:
    def rows() -> list[int]:
        return [knob.dim for knob in sorted(knobs.knobs, key=lambda knob: knob.y())]

    assert rows() == [0, 1, 2]
    button(knobs, "knobs_sort").click()
    qtbot.waitUntil(lambda: rows() == [1, 2, 0])
    button(knobs, "knobs_sort").click()
    qtbot.waitUntil(lambda: rows() == [0, 1, 2])


def test_chance_and_reset_leave_what_is_locked(store: Store, knobs: Knobs) -> None:
    store.update(probe=(0.5, 0.25, -0.5))
    button(knobs, "z2_lock").click()
    assert store.state.locked == {1}
    assert not knobs.knobs[1].slider.isEnabled()
    button(knobs, "knobs_randomise").click()
    first, second, third = store.state.probe
    assert second == 0.25
    assert (first, third) != (0.5, -0.5)
    button(knobs, "knobs_reset").click()
    assert list(store.state.probe) == [0, 0.25, 0]
    button(knobs, "z2_lock").click()
    button(knobs, "knobs_reset").click()
    assert not any(store.state.probe)


def test_without_a_prior_chance_draws_from_the_data(store: Store, knobs: Knobs) -> None:
    model, embedding = store.state.model, store.state.embedding
    assert model is not None
    assert embedding is not None
    plain = model.config.model_copy(update={"objective": ObjectiveConfig(name="ae")})
    far = replace(embedding, mean=embedding.mean + 100, log_var=None)
    store.update(model=replace(model, config=plain), embedding=far)
    button(knobs, "knobs_randomise").click()
    assert min(store.state.probe) > 90


def test_a_dragged_knob_is_one_gesture(store: Store, knobs: Knobs) -> None:
    slider = knobs.knobs[1].slider
    QTest.mousePress(slider, LEFT, pos=QPoint(20, 10))
    assert store.gesture
    QTest.mouseRelease(slider, LEFT, pos=QPoint(20, 10))
    assert not store.gesture
