"""The program in a real X window, moved by real mouse and key events, judged by the screen and the files it leaves."""

from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.conftest import Start
from tests.end_to_end.program import Event, Program
from tests.end_to_end.screen import WHEEL_DOWN, WHEEL_UP
from vae_explorer.core.data.base import read_images
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.tour.pictures import KINDS, UNREADABLE, write_pictures

pytestmark = pytest.mark.real_window

PIXEL = 1.0
"""So far, in pixels, may a decoded code lie from where the mouse was: the mouse stands on whole pixels."""

NEAR = 0.3
"""So near, in latent units, must a click come to a point that moves while training runs."""

COUNT = 160


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of images of four kinds."""
    write_pictures(tmp_path / "cells", COUNT)
    return tmp_path / "cells"


def distance_px(program: Program, event: Event, x: float, y: float) -> float:
    """How far on the screen, as it was then, the code of a decoded event lies from a place."""
    then = program.place_of(event["code"], before=program.events.index(event))
    return float(np.hypot(*np.subtract(then, (x, y))))


def opened_sample(start: Start) -> Program:
    program = start()
    program.wait_for("drawn")
    return program


def clicked(program: Program, x: float, y: float) -> Event:
    """Click, and return what was decoded for that place."""
    before = program.now()
    program.screen.click(x, y)
    program.wait(
        lambda: any(distance_px(program, event, x, y) <= PIXEL for event in program.all("decoded", before)),
        f"the image decoded at {x:.0f}, {y:.0f}",
    )
    return next(event for event in program.all("decoded", before) if distance_px(program, event, x, y) <= PIXEL)


def test_a_click_and_a_drag_show_what_the_plane_holds_there(start: Start) -> None:
    program = opened_sample(start)
    x, y = program.middle("plane")
    picture = program.box("decoded_picture")
    before = program.screen.picture(picture)
    clicked(program, x - 150, y + 40)
    program.wait(lambda: differ(before, program.screen.picture(picture)), "another decoded image on the screen")

    count = program.now()
    path = [(x - 150 + 15 * step, y - 60 + 5 * step) for step in range(20)]
    program.screen.drag(path)
    program.wait(lambda: is_shown(program, *path[-1]), "the end of the drag")
    decoded = program.all("decoded", count)
    places = [round(program.place_of(event["code"])[0] / 15) for event in decoded]
    assert places == sorted(places)

    with program.screen.held(*path[-1]):
        for place in path[::-4]:
            drag_on(program, *place)


def is_shown(program: Program, x: float, y: float) -> bool:
    """Whether the newest decoded image is that of a place."""
    return distance_px(program, program.last("decoded"), x, y) <= PIXEL


def drag_on(program: Program, x: float, y: float) -> None:
    """Move the mouse whose button is held, and wait for what lies there."""
    program.screen.move(x, y)
    program.wait(lambda: is_shown(program, x, y), f"the image at {x:.0f}, {y:.0f} on the way")


def test_wheel_keys_and_knobs_move_what_they_should(start: Start) -> None:
    program = opened_sample(start)
    x, y = program.middle("plane")
    at = clicked(program, x, y)["code"]
    home = program.last("view")
    before = program.now()
    program.screen.wheel(x + 100, y - 50, WHEEL_UP, 3)
    program.wait(lambda: len(program.all("view", before)) == 3, "three notches of zoom")
    zoomed = program.last("view")
    assert zoomed["units_per_pixel"] == pytest.approx(home["units_per_pixel"] / 1.2**3)
    under = [(view["x"] + 100 * view["units_per_pixel"], view["y"] + 50 * view["units_per_pixel"])
             for view in (home, zoomed)]  # fmt: skip
    assert under[1] == pytest.approx(under[0], abs=2 * home["units_per_pixel"])
    program.screen.wheel(x + 100, y - 50, WHEEL_DOWN, 1)
    program.wait(lambda: len(program.all("view", before)) == 4, "a notch back")
    program.screen.key("Home")
    program.wait(lambda: program.last("view") | {"at_s": 0} == home | {"at_s": 0}, "the view of all the data")

    program.screen.key("Right", "Up", "shift+Right")
    step = home["units_per_pixel"]
    wanted = (at[0] + (4 + 32) * step, at[1] + 4 * step)
    program.wait(lambda: program.last("decoded")["code"] == pytest.approx(wanted, abs=1e-4), "the nudged probe")

    left, top, width, height = program.box("z2_slider")
    knob = [(left + width * share, top + height / 2) for share in np.linspace(0.5, 0.85, 12)]
    program.screen.drag(knob)
    program.wait(lambda: program.last("decoded")["code"][1] > at[1] + 0.5, "the second knob's turn")
    assert program.last("decoded")["code"][0] == pytest.approx(wanted[0], abs=1e-4)

    quit_program(program)


def test_train_stop_save_close_in_mid_training_and_resume(start: Start, folder: Path, tmp_path: Path) -> None:
    program = start("--images", str(folder))
    assert program.wait_for("images")["count"] == COUNT
    train_until_points_move(program)
    explore_meanwhile(program)
    program.press("stop")
    stopped = program.wait_for("training_ended")
    assert not stopped["finished"]

    save_as(program, tmp_path / "kept")
    check_model(tmp_path / "kept", folder)

    resume_newest_run(program)
    program.wait_for("training", after=program.events.index(stopped), step=stopped["step"])
    further = wait_for_step(program, stopped["step"] + 3)
    quit_program(program)
    [run] = program.runs
    saved = RunFolder.open(run).status
    assert (saved.state, saved.step >= further) == ("resumable", True)
    history = len(RunFolder.open(run).read_history())

    again = opened_sample(start)
    resume_newest_run(again)
    again.wait_for("training", step=saved.step)
    wait_for_step(again, saved.step + 3)
    again.press("stop")
    again.wait_for("training_ended")
    assert len(RunFolder.open(run).read_history()) > history
    quit_program(again)
    check_model(run, folder)


def differ(before: np.ndarray, after: np.ndarray) -> bool:
    return float((np.abs(before - after).max(axis=2) > 30).mean()) > 0.02


def train_until_points_move(program: Program) -> None:
    """Press Train, and wait until codes and screen have visibly changed."""
    program.press("train")
    first = np.array(program.wait_for("embedded")["codes"])
    plane = program.box("plane")
    before = program.screen.picture(plane)
    program.wait(
        lambda: np.linalg.norm(program.last("embedded")["codes"] - first, axis=1).mean() > 0.5, "the points to move"
    )
    program.wait(lambda: differ(before, program.screen.picture(plane)), "another plane on the screen")
    losses = [event["loss"] for event in program.all("training") if event["loss"] is not None]
    assert losses[-1] < losses[0]


def explore_meanwhile(program: Program) -> None:
    """Click on the outermost point while training runs: newer weights than the first decode it."""
    point = max(program.last("embedded")["codes"], key=np.linalg.norm)
    before = program.now()
    program.screen.click(*program.place_of(point))

    def is_decoded() -> bool:
        new = [event for event in program.all("decoded", before) if event["generation"] > 1]
        return any(np.linalg.norm(np.subtract(event["code"], point)) < NEAR for event in new)

    program.wait(is_decoded, "the point's image")
    assert not program.all("training_ended")


def wait_for_step(program: Program, step: int) -> int:
    program.wait(lambda: program.last("training")["step"] >= step, f"step {step}")
    return int(program.last("training")["step"])


def resume_newest_run(program: Program) -> None:
    """Ctrl+R, and Resume in the dialog."""
    take_keys(program)
    program.screen.key("ctrl+r")
    program.press("run_resume")


def quit_program(program: Program) -> None:
    """Ctrl+Q, whatever is going on. Nothing may have failed on the way."""
    take_keys(program)
    program.screen.key("ctrl+q")
    assert program.close() == 0
    assert "Traceback" not in program.errors


def take_keys(program: Program) -> None:
    """Give the window the keyboard: without a window manager that takes a click in it once a dialog has closed."""
    program.press("plane")
    program.wait(lambda: program.active == "main_window", "the keyboard")


def save_as(program: Program, path: Path) -> None:
    """Ctrl+S, and type a name into the dialog."""
    before = program.now()
    program.screen.key("ctrl+s")
    program.box("fileNameEdit")
    program.wait(lambda: program.active not in ("None", "main_window"), "the dialog to have the keyboard")
    program.screen.key("ctrl+a")
    program.screen.type(str(path))
    program.screen.key("Return")
    program.wait_for("told", after=before, text=f"Saved to {path}")


def check_model(path: Path, folder: Path) -> None:
    """Open a run folder as another program would, and encode the images with it."""
    images = read_images(str(folder))
    assert (len(images), images.label_names) == (COUNT, tuple(KINDS))
    assert [one.path for one in images.skipped] == [f"{next(iter(KINDS))}/{UNREADABLE}"]
    codes = encode_images(load_model(path), images.images)
    assert codes.mean.shape == (COUNT, 2)
    assert np.isfinite(codes.mean).all()
    assert codes.mean.std(axis=0).min() > 0.01
