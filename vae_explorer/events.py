"""A log of what the program shows, for those who watch it from outside: the end-to-end tests.

VAE_EXPLORER_LOG names the file. Each line is a JSON object with `event` and `at_s`, seconds since the window was made:

- `layout`: `widgets`, for each visible widget that has a name its [x, y, width, height] on the screen, and `active`,
  the name of the window that has the keyboard
- `images` (`title`, `count`), `model` (`title`, `run`), `view` (what the plane shows: `x`, `y`, `units_per_pixel`,
  and whether all images of the map that it needs are `known`)
- `embedded`: `codes` of the first images, and the `generation` of weights that was at work when
  they were asked for
- `decoded`: the `code` whose image is on show, and the `generation` of the weights that decoded it
- `drawn`: plane and decoded image are complete, as for a screenshot
- `drawing`: whether the map is `complete` now
- `training` (`step`, `epoch`, `loss`), `training_started`, `training_ended` (`step`, `finished`)
- `told`: `text` of a note or a problem
- `tiles`: `count` of the images of the map that were decoded just now
- `state`: all that can be undone, as words
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.core.config import RunConfig
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.screenshot import is_drawn
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.mosaic import Tiles
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState
from vae_explorer.services.undo import UNDOABLE
from vae_explorer.ui.main_window import MainWindow

CODES = 20
"""Of the first images, written with each `embedded`."""

MOST_LISTED = 10_000
"""Of more selected images their number is told."""

LOOK_EVERY_MS = 50
"""How often it looks whether anything has moved on the screen."""


class EventLog(QObject):
    """Writes events as they happen. Lives on the main thread."""

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._start = time.monotonic()
        self._layout: dict[str, Any] = {}
        self._drawn = False
        self._complete = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_look)
        self._timer.start()
        self._connect()

    def _connect(self) -> None:
        session = self._window.session
        session.store.changed.connect(self._on_changed)
        session.image_decoded.connect(self._on_decoded)
        session.mosaic.decoded.connect(self._on_tiles)
        session.training_started.connect(self._on_training_started)
        session.training.stepped.connect(self._on_step)
        session.training_ended.connect(self._on_training_ended)
        for told in (session.failed, session.noted, session.training_failed):
            told.connect(lambda text: self._write("told", text=text))

    def _write(self, event: str, **values: Any) -> None:
        at_s = round(time.monotonic() - self._start, 3)
        self._file.write(json.dumps({"event": event, "at_s": at_s, **values}) + "\n")

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.images is not old.images and new.images is not None:
            self._write("images", title=new.images.title, count=len(new.images))
        if new.model is not old.model and new.model is not None:
            self._write("model", title=new.model.title, run=str(new.model.run))
        if new.embedding is not old.embedding and new.embedding is not None:
            codes = new.embedding.mean[:CODES].tolist()
            self._write("embedded", codes=codes, generation=new.embedding.generation)
        if new.view != old.view or new.embedding is not old.embedding:
            self._note_drawing(complete=False)  # it is painted before the next look
            view = self._window.plane.viewport().view
            known = self._window.plane.mosaic_known
            self._write("view", x=view.x, y=view.y, units_per_pixel=view.units_per_pixel, known=known)
        now, before = ({name: _words(getattr(state, name)) for name in UNDOABLE} for state in (new, old))
        if now != before:
            self._write("state", **now)

    def _on_tiles(self, tiles: Tiles) -> None:
        self._write("tiles", count=len(tiles.pixels))

    def _on_decoded(self, decoded: Decoded) -> None:
        self._write("decoded", code=decoded.codes[0].tolist(), generation=decoded.generation)

    def _on_training_started(self, config: RunConfig, history: list[Any]) -> None:
        self._write("training_started", epochs=config.training.epochs, history=len(history))

    def _on_step(self, step: TrainStep) -> None:
        self._write("training", step=step.step, epoch=step.epoch, loss=(step.training or {}).get("loss"))

    def _on_training_ended(self, result: TrainResult) -> None:
        self._write("training_ended", step=result.step, finished=result.finished)

    def _look_at_map(self) -> None:
        self._note_drawing(complete=self._window.plane.mosaic_complete)

    def _note_drawing(self, *, complete: bool) -> None:
        if complete != self._complete:
            self._complete = complete
            self._write("drawing", complete=complete)

    def _on_look(self) -> None:
        self._look_at_map()
        layout = _layout()
        if layout != self._layout:
            self._layout = layout
            self._write("layout", **layout)
        if is_drawn(self._window) != self._drawn:
            self._drawn = not self._drawn
            if self._drawn:
                self._write("drawn")


def _words(value: Any) -> Any:
    """Return what tells a value of the state from others."""
    if isinstance(value, Selection):
        return value.indices.tolist() if len(value) <= MOST_LISTED else f"{len(value)} images"
    return sorted(value) if isinstance(value, frozenset) else repr(value)


def _layout() -> dict[str, Any]:
    active = QApplication.activeWindow()
    names = {widget.objectName(): widget for widget in QApplication.allWidgets() if widget.isVisible()}
    widgets = {name: _place_of(widget) for name, widget in names.items() if name and not name.startswith("qt_")}
    return {"widgets": widgets, "active": active.objectName() if active else None}


def _place_of(widget: QWidget) -> list[int]:
    corner = widget.mapToGlobal(QPoint(0, 0))
    return [corner.x(), corner.y(), widget.width(), widget.height()]
