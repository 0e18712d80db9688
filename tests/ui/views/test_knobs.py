from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.views.knobs import Knobs

MakeState = Callable[..., AppState]
Show = Callable[[int], tuple[Store, Knobs]]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot: QtBot, make_state: MakeState) -> Show:
    """Return a function that shows the knobs of a model of D dimensions."""

    def show(dims: int) -> tuple[Store, Knobs]:
        store = Store(make_state(dims))
        knobs = Knobs(store)
        qtbot.addWidget(knobs)
        knobs.resize(260, 300)
        knobs.show()
        return store, knobs

    return show


@pytest.fixture
def conditional(make_state: MakeState) -> AppState:
    """A state with a conditional model."""
    state = make_state(2)
    assert state.model is not None
    config = state.model.config
    model = config.model.model_copy(update={"classes": ("cat", "dog", "owl")})
    return replace(state, model=replace(state.model, config=config.model_copy(update={"model": model})))


def _button(knobs: Knobs, name: str) -> QToolButton:
    button = knobs.findChild(QToolButton, name)
    assert button is not None
    return button


@pytest.mark.parametrize("dims", [1, 2, 10, 64])
def test_there_is_a_knob_for_each_dimension(shown: Show, dims: int) -> None:
    assert len(shown(dims)[1].knobs) == dims


def test_of_thousands_of_dimensions_those_that_tell_most_have_a_knob(shown: Show, make_state: MakeState) -> None:
    store, knobs = shown(3000)
    embedding = store.state.embedding
    assert embedding is not None
    told = sorted(embedding.leading + store.state.plane_dims)
    assert [knob.dim for knob in knobs.knobs] == told
    how_many = knobs.findChild(QLabel, "knobs_how_many")
    assert how_many is not None
    assert f"{len(told)} of 3000" in how_many.text()
    assert how_many.isVisible()
    last = knobs.knobs[-1]
    last.slider.moved.emit(1.5)
    assert store.state.probe[last.dim] == 1.5
    store.update(embedding=None)
    assert [knob.dim for knob in knobs.knobs] == list(range(32))
    store.update(**{name: getattr(make_state(2), name) for name in ("model", "images", "embedding", "probe")})
    assert [knob.dim for knob in knobs.knobs] == [0, 1]
    assert not how_many.isVisible()


def test_dragging_a_knob_moves_the_probe_and_drops_the_original(shown: Show) -> None:
    store, knobs = shown(3)
    store.update(probe=(0.5, 0.0, -0.5), original=4)
    slider = knobs.knobs[1].slider
    QTest.mousePress(slider, LEFT, pos=QPoint(round(slider.position_of(1.2)), 12))
    assert store.state.probe == pytest.approx((0.5, 1.2, -0.5), abs=0.05)
    assert store.state.original is None


def test_a_number_that_is_typed_moves_the_probe_beyond_the_range(shown: Show) -> None:
    store, knobs = shown(2)
    box = knobs.knobs[0].box
    box.selectAll()
    QTest.keyClicks(box, "7.25")
    assert store.state.probe[0] == 0
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert store.state.probe == (7.25, 0.0)


def test_looking_at_a_number_does_not_round_the_probe(shown: Show) -> None:
    store, knobs = shown(2)
    store.update(probe=(0.123456, 0.0))
    QTest.keyClick(knobs.knobs[0].box, Qt.Key.Key_Return)
    assert store.state.probe == (0.123456, 0.0)


def test_a_probe_that_moved_elsewhere_is_shown(shown: Show) -> None:
    store, knobs = shown(2)
    store.update(probe=(1.0, -2.0))
    assert [knob.box.value() for knob in knobs.knobs] == [1.0, -2.0]


def test_only_knobs_whose_value_changed_repaint(shown: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    store, knobs = shown(5)
    with qtbot.waitExposed(knobs):
        pass
    touched: list[int] = []
    for knob in knobs.knobs:
        monkeypatch.setattr(knob.slider, "update", lambda dim=knob.dim: touched.append(dim))
    store.update(probe=(0.0, 0.0, 1.0, 0.0, 0.0))
    assert touched == [2]


def test_an_axis_goes_to_another_dimension(shown: Show) -> None:
    store, knobs = shown(4)
    QTest.mouseClick(_button(knobs, "z3_x"), LEFT)
    assert store.state.plane_dims == (2, 1)
    assert _button(knobs, "z3_x").isChecked()
    assert not _button(knobs, "z1_x").isChecked()


def test_taking_the_other_axis_swaps_the_two(shown: Show) -> None:
    store, knobs = shown(2)
    QTest.mouseClick(_button(knobs, "z2_x"), LEFT)
    assert store.state.plane_dims == (1, 0)


def test_an_axis_cannot_be_given_up(shown: Show) -> None:
    store, knobs = shown(3)
    QTest.mouseClick(_button(knobs, "z1_x"), LEFT)
    assert store.state.plane_dims == (0, 1)
    assert _button(knobs, "z1_x").isChecked()


def test_one_dimension_has_no_axes_to_choose(shown: Show) -> None:
    assert not _button(shown(1)[1], "z1_x").isVisible()


def test_reset_is_grey_until_the_probe_has_left_the_origin(shown: Show) -> None:
    store, knobs = shown(2)
    reset = _button(knobs, "knobs_reset")
    assert not reset.isEnabled()
    store.update(probe=(0.0, 1.0))
    QTest.mouseClick(reset, LEFT)
    assert store.state.probe == (0.0, 0.0)
    assert not reset.isEnabled()


def test_the_copied_code_reads_back(shown: Show) -> None:
    store, knobs = shown(2)
    store.update(probe=(0.25, -1.5))
    QTest.mouseClick(_button(knobs, "knobs_copy"), LEFT)
    assert QGuiApplication.clipboard().text() == "0.25,-1.5"


def test_another_model_brings_its_own_knobs(shown: Show, make_state: MakeState) -> None:
    store, knobs = shown(10)
    three = make_state(3)
    store.update(model=three.model, probe=three.probe, embedding=None)
    assert len(knobs.knobs) == 3
    assert knobs.knobs[0].slider.range == (-3.0, 3.0)


def test_a_conditional_model_has_a_knob_for_the_class(shown: Show, conditional: AppState) -> None:
    store, knobs = shown(2)
    assert not knobs.class_knob.isVisible()
    store.update(model=conditional.model, condition=2)
    assert knobs.class_knob.isVisible()
    assert knobs.class_knob.box.currentText() == "owl"
    store.update(condition=1)
    assert knobs.class_knob.box.currentText() == "dog"


def test_turning_the_class_changes_the_state_and_drops_the_original(shown: Show, conditional: AppState) -> None:
    store, knobs = shown(2)
    store.update(model=conditional.model, probe=(0.5, 0.25), original=4)
    QTest.keyClick(knobs.class_knob.box, Qt.Key.Key_Down)
    assert store.state.condition == 1
    assert store.state.probe == (0.5, 0.25)
    assert store.state.original is None
