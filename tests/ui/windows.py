"""What the tests of the whole window share: what it shows, and what is done to it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.core.configure import apply_settings
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.views.training_strip import Phase

LEFT = Qt.MouseButton.LeftButton
HERE = QPoint(150, 120)


def load_engine() -> Any:
    return importlib.import_module("vae_explorer.services.engine")


def expected(run: Path, code: tuple[float, ...]) -> Any:
    folder = RunFolder.open(run)
    return Decoder(folder.config, folder.load_weights()).decode(np.array([code], np.float32))[0]


def shows(window: MainWindow, run: Path) -> bool:
    """Whether the decoded image is that of the probe."""
    pixels = window.image_pane.decoded.pixels
    return pixels is not None and np.array_equal(pixels, expected(run, window.session.store.state.probe))


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file or folder over the window and let it go. Returns whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, no_key = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(HERE, copy, data, left, no_key)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(HERE), copy, data, left, no_key))
    return enter.isAccepted()


def embedded(window: MainWindow) -> int:
    embedding = window.session.store.state.embedding
    return 0 if embedding is None else len(embedding.mean)


def train(window: MainWindow, qtbot: QtBot, **wishes: Any) -> None:
    """Press Train, with fields filled in so that it takes as long as is wished for."""
    small: dict[str, Any] = {"device": "cpu", "hidden": "8", "batch_size": 4}
    config = apply_settings(window.train_panel.values(), small | wishes)
    with qtbot.waitSignal(window.session.training_started):
        window.session.train(config)


def phase_of(window: MainWindow) -> Phase:
    return window.desk.strip.phase
