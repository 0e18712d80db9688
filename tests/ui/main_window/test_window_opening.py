"""Images and models that are opened in the window."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, drop, embedded, shows
from vae_explorer.core.data import arrays
from vae_explorer.core.data.base import Progress
from vae_explorer.core.errors import ChangedError
from vae_explorer.screenshot import is_drawn
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.widgets.convert_dialog import Answer, ConvertDialog
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.export_dialog import ExportDialog


def test_a_dropped_folder_is_opened(shown: MainWindow, pictures: Path, tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "some of them"
    folder.mkdir()
    for path in sorted((pictures / "bright").glob("ñ*.png"))[:5]:
        (folder / path.name).write_bytes(path.read_bytes())
    with qtbot.waitSignal(shown.session.dataset.opened):
        assert drop(shown, folder)
    images = shown.session.store.state.images
    assert images is not None
    assert images.title == "some of them"
    assert len(images) == 5


def test_a_dropped_run_is_opened_as_a_model(window: MainWindow, trained: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.session.model_opened):
        assert drop(window, trained)
    qtbot.waitUntil(lambda: is_drawn(window))


def test_images_with_odd_names_are_counted_and_the_broken_ones_listed(shown: MainWindow) -> None:
    images = shown.session.store.state.images
    assert images is not None
    assert len(images) == 20
    assert [skipped.path for skipped in images.skipped] == ["bright/broken.png"]
    assert shown.actions_.skipped.isEnabled()


def test_the_model_is_exported_from_its_menu(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(ExportDialog, "ask", classmethod(lambda cls, *_: "safetensors"))
    names = iter([str(tmp_path / "model"), str(tmp_path / "nowhere" / "model")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (next(names), ""))
    assert shown.actions_.export.isEnabled()
    shown.actions_.export.trigger()
    qtbot.waitUntil(lambda: "Exported to" in shown.notice.text())
    assert (tmp_path / "model.safetensors").is_file()
    shown.actions_.export.trigger()
    qtbot.waitUntil(lambda: "There is no folder" in shown.notice.text())


def test_nothing_is_exported_where_the_person_changes_their_mind(
    shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: list[object] = []
    monkeypatch.setattr(shown.session.keeping, "export", lambda *words: exported.append(words))
    monkeypatch.setattr(ExportDialog, "ask", classmethod(lambda cls, *_: None))
    shown.actions_.export.trigger()
    monkeypatch.setattr(ExportDialog, "ask", classmethod(lambda cls, *_: "onnx"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    shown.actions_.export.trigger()
    assert exported == []


@pytest.mark.parametrize("answer", [Answer.CONVERT, Answer.TRAIN_ANEW, Answer.CANCEL])
def test_images_that_do_not_fit_are_asked_about(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, answer: Answer
) -> None:
    monkeypatch.setattr(ConvertDialog, "ask", classmethod(lambda cls, *_: answer))
    before = shown.session.store.state.images
    np.save(tmp_path / "photos.npy", np.full((6, 32, 32, 3), 90, np.uint8))
    with qtbot.waitSignal(shown.session.shape_mismatched):
        drop(shown, tmp_path / "photos.npy")
    if answer is Answer.CONVERT:
        qtbot.waitUntil(lambda: embedded(shown) == 6)
    elif answer is Answer.TRAIN_ANEW:
        qtbot.waitUntil(lambda: "Train makes a model" in shown.notice.text())
        assert embedded(shown) == 20
    else:
        qtbot.waitUntil(lambda: shown.session.store.state.images is before)
    QTest.mouseClick(shown.plane, LEFT, pos=HERE)
    with qtbot.waitSignal(shown.session.nearby.found):
        pass


def test_reading_is_over_when_it_asks_about_images_that_do_not_fit(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    seen: list[bool] = []

    def ask(*_: object) -> Answer:
        seen.append(shown.reading.isHidden())
        return Answer.CANCEL

    monkeypatch.setattr(ConvertDialog, "ask", ask)
    np.save(tmp_path / "photos.npy", np.full((6, 32, 32, 3), 90, np.uint8))
    shown.session.dataset.started.connect(lambda _: shown.reading.show())
    drop(shown, tmp_path / "photos.npy")
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]


def test_a_problem_is_told_in_the_notice_and_can_be_closed(
    shown: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    drop(shown, tmp_path / "<b>nowhere<b>")
    qtbot.waitUntil(lambda: bool(shown.notice.text()))
    assert shown.notice.text() == f"There is no folder or file “{tmp_path / '<b>nowhere<b>'}”."
    words = shown.notice.findChild(QLabel, "notice_text")
    assert words is not None
    assert words.textFormat() == Qt.TextFormat.PlainText
    close = shown.notice.findChild(QToolButton, "notice_close")
    assert close is not None
    QTest.mouseClick(close, LEFT)
    assert shown.notice.text() == ""
    assert shows(shown, trained), "all else goes on"


def test_a_problem_is_over_when_something_else_is_opened(
    shown: MainWindow, trained: Path, pictures: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for other, opened in ((pictures, shown.session.dataset.opened), (trained, shown.session.model_opened)):
        drop(shown, tmp_path / "nowhere")
        qtbot.waitUntil(lambda: bool(shown.notice.text()))
        with qtbot.waitSignal(opened):
            drop(shown, other)
        assert shown.notice.text() == ""


def test_a_folder_whose_name_is_not_unicode_is_opened_and_remembered(
    window: MainWindow, pictures: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd \xff"))
    folder.mkdir()
    (folder / "1.png").write_bytes((pictures / "bright" / "ñ 1.png").read_bytes())
    with qtbot.waitSignal(window.session.dataset.opened):
        window.session.open_images(str(folder))
    assert window.session.settings.values.recent_images == (str(folder),)
    assert "odd \ufffd" in window.windowTitle()
    recent = [action.text() for action in window.actions_._recent_images.actions()]
    assert "odd \ufffd" in recent[0]


def test_how_far_encoding_has_come_is_told_over_the_plane(shown: MainWindow, qtbot: QtBot) -> None:
    shown.session.embedding.progressed.emit(Progress(1200, 4005))
    assert not shown.busy.isVisible(), "what is over in a moment is never told"
    qtbot.waitUntil(shown.busy.isVisible)
    assert shown.busy.text() == f"Encoding {count_text(1200)} of {count_text(4005)} images…"
    shown.session.embedding.progressed.emit(None)
    assert not shown.busy.isVisible()


def test_an_array_that_changes_while_it_is_open_is_told(
    shown: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "IN_MEMORY", 0)
    path, images = tmp_path / "a.npy", shown.session.store.state.images
    assert images is not None
    np.save(path, np.asarray(images.images))
    os.utime(path, (1e9, 1e9))
    shown.session.open_images(str(path))
    qtbot.waitUntil(lambda: is_drawn(shown) and shown.windowTitle().startswith("a.npy"))
    path.write_bytes(b"")
    with qtbot.captureExceptions() as raised:  # the program shows them as notices
        shown.session.go_to_image(3)
        qtbot.waitUntil(lambda: bool(raised))
        shown.session.open_sample()
        qtbot.waitUntil(lambda: is_drawn(shown) and "digits" in shown.windowTitle())
    assert all(kind is ChangedError for kind, _error, _trace in raised)
