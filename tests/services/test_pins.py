from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import FakeDecoder
from vae_explorer.services.decoding import DecodeService
from vae_explorer.services.pins import PinService, changes_to_pin, changes_to_unpin
from vae_explorer.services.state import AppState, Pin


def test_a_pin_takes_the_first_free_letter() -> None:
    state = AppState(probe=(1.0, 2.0), condition=3, pins=(Pin("A", (0.0, 0.0)), Pin("C", (5.0, 5.0))))
    assert changes_to_pin(state) == {"pins": (*state.pins, Pin("B", (1.0, 2.0), 3))}


def test_after_z_the_letters_begin_anew_with_a_number() -> None:
    pins: tuple[Pin, ...] = ()
    for number in range(28):
        pins = changes_to_pin(AppState(probe=(float(number),), pins=pins))["pins"]
    assert [pin.name for pin in pins[24:]] == ["Y", "Z", "A2", "B2"]


def test_the_same_place_is_pinned_once_but_each_class_of_it_is_another() -> None:
    state = AppState(probe=(1.0,), pins=(Pin("A", (1.0,)),))
    assert changes_to_pin(state) == {}
    assert "pins" in changes_to_pin(AppState(probe=(1.0,), condition=1, pins=state.pins))
    assert changes_to_pin(AppState()) == {}


def test_pins_are_let_go_by_name() -> None:
    state = AppState(pins=(Pin("A", (0.0,)), Pin("B", (1.0,)), Pin("C", (2.0,))))
    assert changes_to_unpin(state, ["A", "C"]) == {"pins": (Pin("B", (1.0,)),)}


@pytest.fixture
def decoding(qapp: QApplication) -> Iterator[DecodeService]:
    decoding = DecodeService()
    yield decoding
    decoding.close()


def test_each_pin_is_decoded_under_its_name(decoding: DecodeService, qtbot: QtBot) -> None:
    service = PinService(decoding)
    decoding.use(FakeDecoder())
    came: dict[str, NDArray[np.uint8]] = {}
    service.decoded.connect(came.__setitem__)
    service.ask([Pin(f"P{number}", (float(number),)) for number in range(20)])
    qtbot.waitUntil(lambda: len(came) == 20)
    assert [int(came[f"P{number}"].flat[0]) for number in range(20)] == list(range(20))
