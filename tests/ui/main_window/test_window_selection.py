"""Selecting in the window: lasso, gallery, the way back to a point, search, and the list that is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import LEFT
from vae_explorer.core.latent.support import nearest
from vae_explorer.services import selecting
from vae_explorer.services.selection import changes_to_select
from vae_explorer.services.state import AppState, Embedding
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.tools import selection
from vae_explorer.ui.tools.selection import NEIGHBOURS, SelectionTool
from vae_explorer.ui.widgets.save_dialog import SaveTextDialog

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def tool(shown: MainWindow, qtbot: QtBot) -> SelectionTool:
    action = shown.findChild(QAction, "open_selection")
    assert action is not None
    action.trigger()
    tool = shown.toolbox.tool("selection")
    assert isinstance(tool, SelectionTool)
    qtbot.waitUntil(lambda: tool.is_seen)
    return tool


def embedding_of(window: MainWindow) -> Embedding:
    embedding = window.session.store.state.embedding
    assert embedding is not None
    return embedding


def listed(tool: SelectionTool) -> list[int]:
    return [int(index) for index in tool.gallery.indices]


def select(window: MainWindow, *indices: int) -> None:
    window.session.store.update(**changes_to_select(None, indices, "replace"))


def says(tool: SelectionTool) -> str:
    text = tool.findChild(QLabel, "selection_says")
    assert text is not None
    return text.text()


def press(tool: SelectionTool, name: str) -> None:
    button = tool.findChild(QPushButton, name)
    assert button is not None
    button.click()


def test_what_the_lasso_catches_is_in_the_gallery(shown: MainWindow, tool: SelectionTool) -> None:
    assert "Nothing is selected" in says(tool)
    right, bottom = shown.plane.width() - 5, shown.plane.height() - 5
    corners = [QPoint(5, 5), QPoint(right, 5), QPoint(right, bottom), QPoint(5, bottom)]
    QTest.mousePress(shown.plane, LEFT, SHIFT, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(shown.plane, corner)
    QTest.mouseRelease(shown.plane, LEFT, SHIFT, corners[-1])
    state: AppState = shown.session.store.state
    assert state.selection is not None
    assert listed(tool) == state.selection.indices.tolist()
    assert says(tool).startswith(f"{len(state.selection)} of")


def test_how_many_are_selected_is_told_as_long_as_they_are(shown: MainWindow) -> None:
    says = shown.findChild(QLabel, "selected_count")
    assert says is not None
    assert says.isHidden()
    select(shown, 2, 3, 5)
    assert says.isVisible()
    assert says.text() == f"3 of {len(embedding_of(shown).mean)} images selected"
    shown.plane.setFocus()
    QTest.keyClick(shown.plane, Qt.Key.Key_Escape)
    assert says.isHidden()


def test_an_image_of_the_gallery_is_ringed_and_a_click_goes_to_it(
    shown: MainWindow, tool: SelectionTool, qtbot: QtBot
) -> None:
    select(shown, 2, 5, 7)
    before = shown.plane.grab().toImage()
    tool.gallery.pointed.emit(5)
    assert shown.plane.grab().toImage() != before
    tool.gallery.clicked.emit(tool.gallery.model().index(1, 0))
    assert shown.session.store.state.original == 5
    assert shown.session.store.state.probe == embedding_of(shown).code(5)


def test_a_point_under_the_mouse_is_marked_in_the_gallery(shown: MainWindow, tool: SelectionTool) -> None:
    select(shown, 2, 5, 7)
    shown.session.image_pointed.emit(7)
    assert tool.gallery.currentIndex().row() == 2
    assert tool.gallery.selectionModel().hasSelection()
    shown.session.image_pointed.emit(3)
    assert not tool.gallery.selectionModel().hasSelection()


def test_the_nearest_to_the_probe_are_selected(shown: MainWindow, tool: SelectionTool, qtbot: QtBot) -> None:
    embedding = embedding_of(shown)
    shown.session.go_to_image(4)
    press(tool, "selection_nearest")
    expected, _ = nearest(embedding.mean, embedding.mean[4], NEIGHBOURS)
    qtbot.waitUntil(lambda: listed(tool) == sorted(map(int, expected)))


def test_images_are_found_by_their_names_and_nothing_found_changes_nothing(
    shown: MainWindow, tool: SelectionTool
) -> None:
    search = tool.findChild(QLineEdit, "selection_search")
    assert search is not None
    name = embedding_of(shown).images.paths[3]
    search.setText(name.upper())
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert 3 in listed(tool)
    before = listed(tool)
    search.setText("no such image")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert listed(tool) == before
    assert "No image has a name" in shown.notice.text()


def test_the_others_are_those_that_were_not_selected(shown: MainWindow, tool: SelectionTool) -> None:
    select(shown, 0, 1)
    press(tool, "selection_invert")
    assert listed(tool) == list(range(2, len(embedding_of(shown).mean)))


def test_the_list_of_names_is_saved(
    shown: MainWindow, tool: SelectionTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.txt"
    monkeypatch.setattr(SaveTextDialog, "ask", lambda *_: path)
    select(shown, 1, 4)
    press(tool, "selection_save")
    paths = embedding_of(shown).images.paths
    assert path.read_text().splitlines() == [paths[1], paths[4]]
    monkeypatch.setattr(SaveTextDialog, "ask", lambda *_: tmp_path / "none" / "kept.txt")
    press(tool, "selection_save")
    assert "could not be saved" in shown.notice.text()


def test_ten_thousand_images_are_listed_without_making_their_thumbnails(shown: MainWindow, tool: SelectionTool) -> None:
    images = embedding_of(shown).images
    tool.gallery.show_images(images, np.zeros(10_000, np.int64))
    assert tool.gallery.model().rowCount() == 10_000


def test_of_very_many_selected_images_some_are_listed_evenly(
    shown: MainWindow, tool: SelectionTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MOST_LISTED", 3)
    select(shown, 1, 2, 4, 5, 7)
    assert listed(tool) == [1, 4, 7]
    assert says(tool).endswith(", of which 3 are listed")


def test_a_search_among_many_says_so_until_it_is_over(
    shown: MainWindow, tool: SelectionTool, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", 3)
    said = list[str]()
    shown.session.selecting.busy.connect(lambda _: said.append(shown.busy.text()))
    search = tool.findChild(QLineEdit, "selection_search")
    assert search is not None
    search.setText(embedding_of(shown).images.paths[3])
    QTest.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: 3 in listed(tool))
    assert said[0].startswith("Selecting among ")
    assert not shown.busy.isVisible()
