"""The menus."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from vae_explorer.core.resources import resource
from vae_explorer.core.run_folder import is_run
from vae_explorer.services.state import TILE_PX
from vae_explorer.ui.actions import Actions


def test_the_samples_of_the_menu(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    models: list[str] = []
    images: list[str] = []
    actions.sample_wanted.connect(models.append)
    actions.recent_images_chosen.connect(images.append)
    (samples,) = (one.menu() for one in actions.file.actions() if one.text() == "Samp&les")
    assert isinstance(samples, QMenu)
    for action in samples.actions():
        action.trigger()
    assert models == ["digits-2d", "digits-10d", "faces-10d"]
    assert images == ["sample:shapes"]
    assert all(is_run(resource("models", name)) for name in models)


def test_one_size_of_the_maps_images_is_marked_and_each_can_be_chosen(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    chosen: list[int] = []
    actions.tile_px_chosen.connect(chosen.append)
    (sizes,) = (one.menu() for one in actions.plane.actions() if one.menu() is not None)
    assert isinstance(sizes, QMenu)
    actions.show_tile_px(48)
    assert [action.isChecked() for action in sizes.actions()] == [False, False, True]
    for action in sizes.actions():
        action.trigger()
    assert chosen == list(TILE_PX)
