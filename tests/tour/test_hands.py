from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.tour import hands
from vae_explorer.tour.leader import Unexpected

KINDS = {
    QEvent.Type.MouseButtonPress: "press",
    QEvent.Type.MouseMove: "move",
    QEvent.Type.MouseButtonRelease: "release",
    QEvent.Type.MouseButtonDblClick: "double",
}


class Recorder(QWidget):
    """Notes the mouse events that reach it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.seen: list[tuple[str, float, bool]] = []
        self.notches = 0.0

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() in KINDS:
            held = bool(event.buttons() & Qt.MouseButton.LeftButton)
            self.seen.append((KINDS[event.type()], event.position().x(), held))
            return True
        if isinstance(event, QWheelEvent):
            self.notches += event.angleDelta().y() / hands.NOTCH
            return True
        return super().event(event)


@pytest.fixture
def recorder(qtbot: QtBot) -> Iterator[Recorder]:
    window = QWidget()
    window.resize(300, 200)
    recorder = Recorder(window)
    recorder.setGeometry(50, 50, 200, 100)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield recorder
    window.close()


def test_a_drag_presses_moves_with_the_button_held_and_lets_go(recorder: Recorder) -> None:
    path = [QPointF(10, 10), *hands.line(QPointF(10, 10), QPointF(50, 10), 2)]
    for _ in hands.drag(recorder, path):
        pass
    assert recorder.seen == [
        ("move", 10, False), ("press", 10, True), ("move", 30, True), ("move", 50, True), ("release", 50, False),
    ]  # fmt: skip


def test_a_double_click_and_the_wheel_arrive(recorder: Recorder) -> None:
    hands.double_click(recorder, QPointF(20, 20))
    hands.turn_wheel(recorder, QPointF(20, 20), -3)
    assert "double" in [kind for kind, _, _ in recorder.seen]
    assert recorder.notches == -3


def test_what_is_covered_cannot_be_clicked(recorder: Recorder) -> None:
    cover = QWidget(recorder.window())
    cover.setObjectName("cover")
    cover.setGeometry(recorder.geometry())
    cover.show()
    with pytest.raises(Unexpected, match="there is cover"):
        hands.click(recorder)
    assert not recorder.seen


class Target(QWidget):
    """Takes what is dropped on it."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.dropped: list[str] = []

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragEnter:
            event.accept()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.dropped = [url.toLocalFile() for url in event.mimeData().urls()]
            return True
        return super().event(event)


def test_a_drop_hands_over_the_folder(qtbot: QtBot, tmp_path: Path) -> None:
    target = Target()
    qtbot.addWidget(target)
    hands.drop(target, tmp_path)
    assert target.dropped == [str(tmp_path)]


def test_a_drop_that_is_not_wanted_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    with pytest.raises(Unexpected, match="doesn't take"):
        hands.drop(widget, tmp_path)
