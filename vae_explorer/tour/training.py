"""The second half of the tour: a folder of images of its own, and training on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.settings import runs_folder
from vae_explorer.tour import hands
from vae_explorer.tour.leader import Steps, Unexpected, Until
from vae_explorer.tour.pictures import UNREADABLE, write_pictures
from vae_explorer.tour.report import Report
from vae_explorer.tour.watch import Places, Stopwatch, Watch, label_agreement

MOVED_PX = 40.0
"""So far, on average, the points must have moved on the screen for the plane to have visibly moved."""

SORTED = 0.98
"""Training goes on until so many images lie next to one of their own kind, but no longer than PATIENCE_S."""

PATIENCE_S = 30.0


def training(watch: Watch, report: Report, own: Path) -> Steps:
    """Write a folder of images below `own`, open it, train on it, click meanwhile, and stop."""
    yield from _drop_a_folder(watch, report, own / "cells")
    yield from _train(watch, report)
    yield from _click_meanwhile(watch, report)
    yield from _stop(watch, report)


def _drop_a_folder(watch: Watch, report: Report, folder: Path) -> Steps:
    write_pictures(folder)
    hands.drop(watch.window, folder)
    yield Until("the question what to do with colour images", lambda: QApplication.activeModalWidget() is not None)
    images = watch.state.images
    if images is None or not any(UNREADABLE in one.path for one in images.skipped):
        msg = f"the program does not say that “{UNREADABLE}” was skipped"
        raise Unexpected(msg)
    dialog = QApplication.activeModalWidget()
    report.add(
        "A folder of images, dropped on the window",
        "folder",
        dialog,
        f"The tour drew {len(images)} pictures of cells, in the subfolders {', '.join(images.label_names)}, and "
        "dropped their folder on the window.",
        f"The program read them {_shape_text(images)}. It skipped "
        + "; ".join(f"“{one.path}”: {one.reason}" for one in images.skipped)
        + ".",
        "It asks what to do, since the model of the digits takes other images. The answer given is to train anew.",
    )
    _press(dialog, "convert_train")
    yield Until("the dialog to close", lambda: QApplication.activeModalWidget() is None)


def _train(watch: Watch, report: Report) -> Steps:
    digits = watch.embedding
    _press(watch.window, "train")
    since = Stopwatch()
    yield Until("the first codes by the new model", lambda: watch.state.embedding not in (None, digits))
    yield Until("the images nearest to the probe", lambda: bool(watch.nearest_labels))
    first, places = label_agreement(watch.embedding), watch.places
    report.add(
        "Training begins",
        "training-begins",
        watch.window,
        f"{since.seconds:.1f} s after the click on Train the plane showed the {len(places)} images where the new, "
        "hardly trained encoder puts them.",
        f"The nearest neighbour of an image is of its own kind in {first:.0%} of the cases.",
    )
    yield Until(
        f"the points to move by {MOVED_PX:.0f} pixels",
        lambda: _mean_distance(places, watch.places) >= MOVED_PX and _is_sorted(watch, since),
    )
    epoch = watch.plane.mosaic_epoch
    yield Until("the mosaic to follow", lambda: watch.plane.mosaic_epoch > epoch and watch.plane.mosaic_complete)
    report.add(
        "The plane has moved",
        "training",
        watch.window,
        f"After {since.seconds:.0f} s the points have moved by {_mean_distance(places, watch.places):.0f} pixels on "
        "average, and the mosaic has followed.",
        f"The nearest neighbour of an image is of its own kind in {label_agreement(watch.embedding):.0%} of the cases; "
        f"at first in {first:.0%}.",
        watch.losses_text,
    )


def _click_meanwhile(watch: Watch, report: Report) -> Steps:
    before = watch.state.probe
    hands.click(watch.plane, watch.middle_of("rings"))
    yield Until("the clicked code to be decoded by the newest weights", watch.shows_probe_by_newest_weights)
    yield Until("the images nearest to the probe", lambda: bool(watch.nearest_labels))
    if not watch.window.session.training.running or watch.state.probe == before:
        msg = "the click moved nothing, or training had ended before it"
        raise Unexpected(msg)
    report.add(
        "A click among the rings while training runs",
        "click-while-training",
        watch.window,
        f"The probe stands at {watch.probe_text}; its image was decoded by the newest weights.",
        watch.nearest_text("rings"),
    )


def _stop(watch: Watch, report: Report) -> Steps:
    since = Stopwatch()
    _press(watch.window, "stop")
    yield Until("training to stop", lambda: watch.result is not None)
    seconds, result = since.seconds, watch.result
    yield watch.settling
    runs = list(runs_folder().iterdir())
    if result is None or len(runs) != 1:
        msg = f"instead of one run folder there are {len(runs)}"
        raise Unexpected(msg)
    report.add(
        "Stopped; the model stays",
        "stopped",
        watch.window,
        f"Training stopped {seconds:.2f} s after the click on Stop: step {result.step}, {result.epoch} epochs done.",
        f"The run folder holds {', '.join(sorted(file.name for file in runs[0].iterdir()))}.",
        watch.losses_text,
    )


def _press(window: QWidget | None, name: str) -> None:
    """Click on a button by its name. Raises Unexpected where it isn't there to click on."""
    button: QPushButton | None = window.findChild(QPushButton, name) if window else None
    if button is None or not button.isEnabled():
        msg = f"there is no button “{name}” to press"
        raise Unexpected(msg)
    hands.click(button)


def _shape_text(images: ImageSet) -> str:
    return f"at {images.shape.size}×{images.shape.size} pixels in {'colour' if images.shape.channels == 3 else 'grey'}"


def _is_sorted(watch: Watch, since: Stopwatch) -> bool:
    return since.seconds > PATIENCE_S or label_agreement(watch.embedding) >= SORTED


def _mean_distance(before: Places, after: Places) -> float:
    return float(np.linalg.norm(after - before, axis=1).mean())
