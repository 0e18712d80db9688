import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vae_explorer.ui.widgets.number_box import CoordinateBox, RealBox


@pytest.fixture
def box(qtbot: QtBot) -> RealBox:
    box = RealBox(1e-9, 10)
    qtbot.addWidget(box)
    return box


@pytest.mark.parametrize(("value", "text"), [(0.001, "0.001"), (4.0, "4"), (0.00002, "2e-05")])
def test_numbers_are_as_short_as_can_be(box: RealBox, value: float, text: str) -> None:
    box.setValue(value)
    assert box.text() == text


@pytest.mark.parametrize(("typed", "value"), [("1e-3", 0.001), ("0,5", 0.5), ("2", 2.0)])
def test_numbers_are_read_as_people_write_them(box: RealBox, typed: str, value: float) -> None:
    box.selectAll()
    QTest.keyClicks(box, typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == pytest.approx(value)


def test_what_is_too_large_or_no_number_is_not_taken(box: RealBox) -> None:
    box.setValue(3)
    for typed in ("77", "abc", "e"):
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert 1e-9 <= box.value() <= 10


@pytest.mark.parametrize("language", ["C", "de_DE"])
@pytest.mark.parametrize("typed", ["-1.5", "-1,5"])
def test_a_coordinate_is_read_as_people_write_it_wherever_they_are(qtbot: QtBot, language: str, typed: str) -> None:
    box = CoordinateBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale(language))
    box.selectAll()
    QTest.keyClicks(box, typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -1.5
