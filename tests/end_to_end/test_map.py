"""Travelling the latent map in a real X window: zoom and back, selecting, films, undo, and all of it while training."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.conftest import Start
from tests.end_to_end.program import Program
from tests.end_to_end.screen import WHEEL_DOWN, WHEEL_UP

pytestmark = pytest.mark.real_window

LEVEL = 4
"""So many notches of the wheel are about a level: tiles are half as large in the plane."""

SAME = 12
"""Brightness by which pixels may differ where the same is drawn again."""


def opened(start: Start) -> Program:
    program = start()
    program.wait_for("drawn")
    return program


def at_rest(program: Program) -> None:
    """Wait until what is to be seen is complete."""
    program.wait(lambda: program.last("drawing")["complete"], "a complete map")


def state(program: Program) -> dict[str, Any]:
    return {name: value for name, value in program.last("state").items() if name != "at_s"}


def is_off(program: Program, layer: str) -> bool:
    return f"{layer}=False" in state(program)["layers"]


def map_picture(program: Program) -> np.ndarray:
    """The middle of the plane, where neither switches nor axes are."""
    x, y, width, height = program.box("plane")
    return program.screen.picture((x + width // 4, y + height // 4, width // 2, height // 2))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ."""
    return float((np.abs(one - other).max(axis=2) > SAME).mean())


def zoom(program: Program, button: str, notches: int) -> None:
    before = len(program.all("view"))
    program.screen.wheel(*program.middle("plane"), button, notches)
    program.wait(lambda: len(program.all("view")) >= before + notches, f"{notches} notches of zoom")


def test_three_levels_down_and_back_the_map_is_the_same_and_nothing_is_decoded_twice(start: Start) -> None:
    program = opened(start)
    program.screen.move(*program.middle("plane"))
    for layer in ("points", "support"):
        program.press(f"layer_{layer}")
        program.wait(partial(is_off, program, layer), f"a map without {layer}")
    first = map_picture(program)
    zoom(program, WHEEL_UP, 1)
    pictures = [other_picture(program, first)]
    for _ in range(3):
        zoom_and_decode(program, WHEEL_UP, LEVEL)
        pictures.append(other_picture(program, pictures[-1]))

    for picture in pictures[-2::-1]:
        zoom(program, WHEEL_DOWN, LEVEL)
        assert program.last("view")["known"], "it has to be decoded again"
        looks_like(program, picture, 0.02)


def test_a_lasso_fills_the_gallery_and_an_image_of_it_has_neighbours(start: Start) -> None:
    program = opened(start)
    program.press("select_lasso")
    x, y = program.middle("plane")
    program.screen.drag([(x + 90 * np.cos(angle), y + 60 * np.sin(angle)) for angle in np.linspace(0, 6.2, 25)])
    program.wait(lambda: isinstance(state(program)["selection"], list), "a selection")
    caught = state(program)["selection"]
    assert len(caught) > 50

    program.screen.key("alt+t", "Up", "Return")  # the last of the tools
    program.wait(lambda: shows_first(program, caught[0]), "the code of the first image of the gallery")
    program.press("selection_nearest")
    program.wait(lambda: state(program)["selection"] != caught, "the nearest images")
    assert caught[0] in state(program)["selection"]
    assert program.screen.picture(program.box("nearest")).max() > 150, "its neighbours are shown beside it"


def shows_first(program: Program, image: int) -> bool:
    """Click on the first image of the gallery, wherever it stands by now, and tell whether that is the one on show."""
    left, top, *_ = program.box("gallery")
    program.screen.click(left + 30, top + 30)
    return bool(state(program)["original"] == repr(image))


def test_a_film_follows_another_knob(start: Start) -> None:
    program = opened(start)
    program.press("z1_fold")

    def film() -> np.ndarray:
        return program.screen.picture(program.box("z1_film"))

    program.wait(lambda: (film() > 150).mean() > 0.05, "images along z1")
    program.screen.wheel(*program.middle("z1_film"), WHEEL_DOWN, 9)
    _, y, _, height = program.box("knobs")
    program.wait(lambda: program.middle("z2_slider")[1] < y + height, "the other knob to come into sight")
    before = film()
    left, top, width, height = program.box("z2_slider")
    program.screen.drag([(left + width * share, top + height / 2) for share in np.linspace(0.5, 0.8, 10)])
    program.wait(lambda: difference(before, film()) > 0.05, "other images along z1")
    assert ast.literal_eval(state(program)["probe"])[0] == 0


def zoom_and_decode(program: Program, button: str, notches: int) -> None:
    decoded = len(program.all("tiles"))
    zoom(program, button, notches)
    program.wait(lambda: len(program.all("tiles")) > decoded, "other tiles")


def other_picture(program: Program, before: np.ndarray) -> np.ndarray:
    """Wait until the map is at rest and doesn't look as before any more: what is known is painted a little later."""
    seen = [before]

    def rests() -> bool:
        seen.append(map_picture(program))
        is_other = difference(before, seen[-1]) > 0.05
        return is_other and program.last("drawing")["complete"] and difference(*seen[-2:]) == 0

    program.wait(rests, "another map, at rest")
    return seen[-1]


def looks_like(program: Program, picture: np.ndarray, most: float) -> None:
    """Wait until the map looks as it did."""
    program.wait(lambda: difference(picture, map_picture(program)) < most, "the map as it was")


def do(program: Program, act: Callable[[], object], what: str) -> None:
    before = len(program.all("state"))
    act()
    program.wait(lambda: len(program.all("state")) > before, what)


def do_twenty_things(program: Program) -> None:
    """Move the probe, the plane, knobs, switches and pins, all mixed."""
    x, y = program.middle("plane")
    screen = program.screen
    left, top, width, height = program.box("z2_slider")
    for number, act in enumerate([
        lambda: screen.click(x - 60, y - 40),
        lambda: screen.wheel(x + 40, y + 30, WHEEL_UP, 2),
        lambda: program.press("layer_support"),
        lambda: screen.drag([(x, y), (x + 30, y + 10), (x + 60, y - 20)]),
        lambda: screen.key("Right"),
        lambda: program.press("layer_density"),
        lambda: screen.drag([(left + width * share, top + height / 2) for share in (0.4, 0.5, 0.7)]),
        lambda: screen.key("shift+Up"),
        lambda: program.press("z1_lock"),
        lambda: program.press("knobs_randomise"),
        lambda: program.press("layer_points"),
        lambda: screen.wheel(x, y, WHEEL_DOWN, 3),
        lambda: program.press("z1_lock"),
        lambda: screen.click(x + 80, y + 20),
        lambda: program.press("image_smooth_button"),
        lambda: program.press("layer_points"),
        lambda: screen.key("Home"),
        lambda: program.press("layer_prior"),
        lambda: program.press("knobs_reset"),
        lambda: program.press("layer_mosaic"),
    ]):  # fmt: skip
        do(program, act, f"what action {number + 1} changes")


def test_twenty_mixed_actions_are_undone_to_the_very_same_state(start: Start) -> None:
    program = opened(start)
    program.press("plane")
    program.wait(lambda: len(program.all("state")) > 1, "a first step")
    program.screen.move(*program.middle("decoded_picture"))
    at_rest(program)
    first, picture = state(program), map_picture(program)
    do_twenty_things(program)
    last = state(program)
    assert sum(first[name] != last[name] for name in first) >= 3
    for _ in range(20):
        program.screen.key("ctrl+z")
    program.wait(lambda: state(program) == first, "the state of before")
    program.screen.move(*program.middle("decoded_picture"))
    looks_like(program, picture, 0.005)
    for _ in range(20):
        program.screen.key("ctrl+shift+z")
    program.wait(lambda: state(program) == last, "all of it done again")


def test_the_map_is_travelled_while_training_runs(start: Start) -> None:
    program = opened(start)
    program.press("train")
    program.wait_for("training_started")
    program.wait(lambda: program.all("training"), "the first steps")
    x, y = program.middle("plane")
    before = map_picture(program)
    for button, notches in ((WHEEL_UP, LEVEL), (WHEEL_UP, LEVEL), (WHEEL_DOWN, LEVEL)):
        zoom_and_decode(program, button, notches)
    clicked = program.now()
    program.screen.click(x - 50, y + 30)
    program.wait(
        lambda: any(event["generation"] > 1 for event in program.all("decoded", clicked)), "an image of newer weights"
    )
    program.wait(lambda: difference(before, map_picture(program)) > 0.1, "another part of the map")
    assert (map_picture(program).max(axis=2) > 100).mean() > 0.02, "images are in sight"
    assert not program.all("training_ended")
    program.press("stop")
    program.wait_for("training_ended")
    assert "Traceback" not in program.errors
