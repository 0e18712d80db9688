"""The first half of the tour: exploring the sample that the program opens."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from vae_explorer.tour import hands
from vae_explorer.tour.leader import ONE_TURN, Steps, Until
from vae_explorer.tour.report import Report
from vae_explorer.tour.watch import Change, Stopwatch, Watch

MOVES = 40
"""Of the mouse, in a drag."""

NOTCHES = 6


def exploring(watch: Watch, report: Report) -> Steps:
    """Look at the sample, click, drag, zoom, turn a knob, and take an image's code to the probe."""
    for step in (_open_the_sample, _click, _drag, _zoom, _turn_a_knob, _take_an_image):
        yield from step(watch, report)


def _open_the_sample(watch: Watch, report: Report) -> Steps:
    since = Stopwatch()
    yield Until("the sample to be drawn", watch.is_settled)
    images, model = watch.embedding.images, watch.model
    report.add(
        "The sample, as the program opens",
        "sample",
        watch.window,
        f"Without arguments the program opened {len(images)} images (“{images.title}”) and the model “{model.title}”.",
        f"{since.seconds:.1f} s after the window came up torch was imported, and plane, mosaic and decoded image were "
        "drawn.",
    )


def _click(watch: Watch, report: Report) -> Steps:
    before = watch.image
    since = Stopwatch()
    hands.click(watch.plane, watch.middle_of("7"))
    yield Until("the clicked code to be decoded", watch.shows_probe)
    seconds = since.seconds
    yield watch.settling
    report.add(
        "A click among the sevens",
        "click",
        watch.window,
        f"A click on the plane moved the probe from the origin to {watch.probe_text}.",
        f"{Change.between(before, watch.image)}; the new image was on show {1000 * seconds:.0f} ms after the click.",
        watch.nearest_text("7"),
    )


def _drag(watch: Watch, report: Report) -> Steps:
    start, end = watch.middle_of("7"), watch.middle_of("0")
    decodes = watch.decodes
    for _ in hands.drag(watch.plane, [start, *hands.line(start, end, MOVES)]):
        yield ONE_TURN
    yield watch.settling
    report.add(
        "A drag to the zeros",
        "drag",
        watch.window,
        f"The mouse moved {MOVES} times with the button down, and the probe went with it to {watch.probe_text}.",
        f"{watch.decodes - decodes} images were decoded on the way; the last one shown is that of the last place.",
        watch.nearest_text("0"),
    )


def _zoom(watch: Watch, report: Report) -> Steps:
    at = QPointF(watch.middle_of("1").toPoint())
    before = watch.plane.viewport()
    hands.turn_wheel(watch.plane, at, NOTCHES)
    yield watch.settling
    after = watch.plane.viewport()
    drift = after.point(*before.to_plane(at)) - at
    factor = before.view.units_per_pixel / after.view.units_per_pixel
    report.add(
        "A turn of the wheel",
        "zoom",
        watch.window,
        f"{NOTCHES} notches at the cursor magnified the view {factor:.1f} times, and tiles were decoded between those "
        f"there were; what lay under the cursor moved by {np.hypot(drift.x(), drift.y()):.1f} pixels.",
    )
    watch.window.actions_.home_wanted.emit()
    yield watch.settling


def _turn_a_knob(watch: Watch, report: Report) -> Steps:
    slider = watch.window.knobs.knobs[0].slider
    before, image = watch.probe_text, watch.image
    y = slider.height() / 2
    start = QPointF(slider.position_of(slider.value), y)
    end = QPointF(slider.position_of(slider.range[0] * 0.4), y)
    for _ in hands.drag(slider, [start, *hands.line(start, end, MOVES)]):
        yield ONE_TURN
    yield watch.settling
    report.add(
        "A turn of the first knob",
        "knob",
        watch.window,
        f"Dragging the knob z1 moved the probe from {before} to {watch.probe_text}.",
        f"{Change.between(image, watch.image)}.",
    )


def _take_an_image(watch: Watch, report: Report) -> Steps:
    hands.double_click(watch.plane, watch.middle_of("2"))
    yield Until("an image's code at the probe", lambda: watch.state.original is not None)
    yield watch.settling
    images, index = watch.embedding.images, watch.state.original or 0
    difference = Change.between(images.images[index], watch.image)
    report.add(
        "A double click on a point",
        "original",
        watch.window,
        f"The code of “{images.paths[index]}” went to the probe, {watch.probe_text}.",
        "Original and reconstruction stand side by side; on average they differ by "
        f"{difference.mean:.0f} of 255 grey levels.",
    )
