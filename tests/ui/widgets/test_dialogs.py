from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QTableView
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from vae_explorer.core.config import DataConfig
from vae_explorer.core.data.base import Skipped
from vae_explorer.core.exporters.base import exporters
from vae_explorer.core.trust import UntrustedError
from vae_explorer.services.runs import RunSummary
from vae_explorer.services.state import AppState
from vae_explorer.ui.widgets.convert_dialog import Answer, ConvertDialog
from vae_explorer.ui.widgets.export_dialog import ExportDialog
from vae_explorer.ui.widgets.runs_dialog import RunsDialog
from vae_explorer.ui.widgets.skipped_dialog import SkippedDialog
from vae_explorer.ui.widgets.trust_dialog import TrustDialog

MakeState = Callable[..., AppState]
LEFT = Qt.MouseButton.LeftButton


def _press(dialog: QDialog, name: str) -> None:
    QTest.mouseClick(_button(dialog, name), LEFT)


def _button(dialog: QDialog, name: str) -> QPushButton:
    button = dialog.findChild(QPushButton, name)
    assert button is not None
    return button


def _table(dialog: QDialog) -> QTableView:
    table = dialog.findChild(QTableView)
    assert table is not None
    return table


def test_all_skipped_files_are_listed_and_copied(qtbot: QtBot) -> None:
    dialog = SkippedDialog([Skipped(f"{place}.png", "it is empty") for place in range(1200)])
    qtbot.addWidget(dialog)
    assert _table(dialog).model().rowCount() == 1200
    _press(dialog, "skipped_copy")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert (len(lines), lines[17]) == (1200, "17.png\tit is empty")


def test_names_that_are_no_text_are_shown_all_the_same(qtbot: QtBot) -> None:
    dialog = SkippedDialog([Skipped("caf\udce9.png", "it is empty")])
    qtbot.addWidget(dialog)
    index = _table(dialog).model().index(0, 0)
    assert index.data() == "caf\ufffd.png"


def _run(name: str, state: str, changed: float = 1.7e9) -> RunSummary:
    return RunSummary(Path("/runs") / name, name, "VAE · MLP · 2-D", "/photos/rings", state, 12, 50, changed)  # type: ignore[arg-type]  # a literal


@pytest.fixture
def runs(qapp: QApplication) -> Iterator[RunsDialog]:
    states = {"one": "finished", "two": "resumable", "three": "empty", "four": "stopped"}
    dialog = RunsDialog([_run(name, state) for name, state in states.items()])
    dialog.show()
    yield dialog
    if isValid(dialog):  # it deletes itself when it closes
        dialog.close()


def test_a_run_is_told_of_in_a_row(runs: RunsDialog) -> None:
    model = _table(runs).model()
    row = [model.index(1, column).data() for column in range(5)]
    assert row == ["two", "VAE · MLP · 2-D", "rings", "can be resumed", "12/50"]


@pytest.mark.parametrize(
    ("row", "opens", "resumes"), [(0, True, False), (1, True, True), (2, False, False), (3, True, False)]
)
def test_only_what_a_run_allows_is_offered(runs: RunsDialog, row: int, opens: bool, resumes: bool) -> None:
    _table(runs).selectRow(row)
    assert _button(runs, "run_open").isEnabled() is opens
    assert _button(runs, "run_resume").isEnabled() is resumes


def test_the_chosen_run_is_resumed(runs: RunsDialog, qtbot: QtBot) -> None:
    _table(runs).selectRow(1)
    with qtbot.waitSignal(runs.resume_requested) as requested:
        _press(runs, "run_resume")
    assert requested.args == [Path("/runs/two")]
    assert not isValid(runs) or not runs.isVisible()


def test_a_double_click_opens(runs: RunsDialog, qtbot: QtBot) -> None:
    table = _table(runs)
    at = table.visualRect(table.model().index(0, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=at)
    with qtbot.waitSignal(runs.open_requested) as requested:
        QTest.mouseDClick(table.viewport(), LEFT, pos=at)
    assert requested.args == [Path("/runs/one")]


def test_its_files_are_shown(runs: RunsDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    _press(runs, "run_reveal")
    assert shown == [str(Path("/runs/one"))]


def test_without_runs_there_is_nothing_to_press(qtbot: QtBot) -> None:
    dialog = RunsDialog([])
    qtbot.addWidget(dialog)
    assert not any(_button(dialog, name).isEnabled() for name in ("run_open", "run_resume", "run_reveal"))


@pytest.mark.parametrize(
    ("button", "answer"),
    [("convert", Answer.CONVERT), ("convert_train", Answer.TRAIN_ANEW), ("convert_cancel", Answer.CANCEL)],
)
@pytest.mark.usefixtures("qapp")
def test_the_answer_is_what_was_pressed(make_state: MakeState, button: str, answer: Answer) -> None:
    images = make_state(2, size=64, channels=3).images
    assert images is not None
    texts: list[str] = []

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ConvertDialog)
        text = dialog.findChild(QLabel, "convert_text")
        texts.append("" if text is None else text.text())
        _press(dialog, button)

    QTimer.singleShot(0, press)
    assert ConvertDialog.ask(images, DataConfig(source="x", image_size=28)) is answer
    assert texts == ["“rings” was read as 64×64 colour; the model takes 28×28 grey."]


@pytest.mark.usefixtures("qapp")
def test_closing_the_question_cancels(make_state: MakeState) -> None:
    images = make_state(2).images
    assert images is not None

    def close() -> None:
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        dialog.close()

    QTimer.singleShot(0, close)
    assert ConvertDialog.ask(images, DataConfig(source="x")) is Answer.CANCEL


@pytest.mark.parametrize(("button", "expected"), [("export_choose", "pythae"), ("export_cancel", None)])
def test_a_format_is_chosen_by_what_it_is_for(qapp: QApplication, button: str, expected: str | None) -> None:
    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportDialog)
        dialog.box.set_value("pythae")
        says = dialog.findChild(QLabel, "export_says")
        assert says is not None
        assert says.text() == exporters.get("pythae").summary
        _press(dialog, button)

    QTimer.singleShot(0, choose)
    assert ExportDialog.ask(exporters.parts()) == expected


@pytest.mark.parametrize(("button", "expected"), [("trust_accept", True), ("trust_refuse", False), ("", False)])
def test_code_is_trusted_by_that_button_alone(qapp: QApplication, button: str, expected: bool) -> None:
    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TrustDialog)
        says = dialog.findChild(QLabel, "trust_text")
        assert says is not None
        assert "“net.pt” is no file of weights but code" in says.text()
        if button:
            _press(dialog, button)
        else:
            QTest.keyClick(dialog, Qt.Key.Key_Return)

    QTimer.singleShot(0, answer)
    assert TrustDialog.ask(UntrustedError("it is code", "net.pt", ["ab12"])) is expected
