from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.importers.examining import Examination
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.import_dialog import ImportDialog

PATH = Path("/models/weights.pt")
LEFT = Qt.MouseButton.LeftButton
IMAGES = np.zeros((9, 8, 8, 1), np.uint8)


@pytest.fixture
def dialog(qtbot: QtBot) -> ImportDialog:
    dialog = ImportDialog(PATH)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def child(dialog: ImportDialog, kind: Any, name: str) -> Any:
    found = dialog.findChild(kind, name)
    assert found is not None
    return found


def button(dialog: ImportDialog) -> QPushButton:
    found = child(dialog, QPushButton, "import")
    assert isinstance(found, QPushButton)
    return found


def says(dialog: ImportDialog) -> str:
    found = child(dialog, QLabel, "import_says")
    assert isinstance(found, QLabel)
    return found.text()


def choose(dialog: ImportDialog, name: str, value: str) -> None:
    box = child(dialog, ChoiceBox, f"import_{name}")
    assert isinstance(box, ChoiceBox)
    box.set_value(value)


def test_it_looks_at_the_model_at_once_and_after_every_change(qtbot: QtBot, dialog: ImportDialog) -> None:
    with qtbot.waitSignal(dialog.examine_wanted) as first:
        dialog.start()
    assert first.args == [PATH, Wishes()]
    with qtbot.waitSignal(dialog.examine_wanted) as second:
        choose(dialog, "output", "tanh")
    assert second.args == [PATH, Wishes(output="tanh")]
    size = child(dialog, QLineEdit, "import_image_size")
    assert isinstance(size, QLineEdit)
    with qtbot.waitSignals([dialog.examine_wanted] * 2):
        QTest.keyClicks(size, "64")
    assert dialog.wishes == Wishes(output="tanh", image_size=64)
    plain = child(dialog, QLineEdit, "import_plain")
    assert isinstance(plain, QLineEdit)
    QTest.keyClicks(plain, "fc1, fc2")
    assert dialog.wishes.plain == ("fc1", "fc2")
    QTest.keyClicks(child(dialog, QLineEdit, "import_slope"), "0.2")
    assert dialog.wishes.slope == 0.2


def test_what_is_missing_is_said_and_nothing_can_be_imported(dialog: ImportDialog) -> None:
    dialog.show_examination(PATH, Examination(Wishes(), problem="Say --output, --image-size.", missing=("output",)))
    assert says(dialog) == "Say Output, Image size.", "fields, and no options of the command line"
    assert not button(dialog).isEnabled()
    assert dialog.samples.pixels is None
    assert child(dialog, ChoiceBox, "import_output").itemText(0) == "needed"


def test_what_is_found_is_shown_with_what_it_decodes_and_imported(qtbot: QtBot, dialog: ImportDialog) -> None:
    found = Wishes(image_size=8, output="sigmoid", layout="chw")
    dialog.show_examination(PATH, Examination(found, IMAGES, notes=("No encoder.",)))
    assert says(dialog) == "Found: image size 8, output sigmoid, layout chw. No encoder."
    box, size = child(dialog, ChoiceBox, "import_output"), child(dialog, QLineEdit, "import_image_size")
    assert isinstance(box, ChoiceBox)
    assert isinstance(size, QLineEdit)
    assert box.itemText(0) == "as found: sigmoid"
    assert size.placeholderText() == "as found: 8"
    assert np.array_equal(np.asarray(dialog.samples.pixels), IMAGES)
    choose(dialog, "output", "raw")
    with qtbot.waitSignal(dialog.import_wanted) as wanted:
        QTest.mouseClick(button(dialog), LEFT)
    assert wanted.args == [PATH, Wishes(output="raw")]


def test_a_look_at_another_model_is_not_shown(dialog: ImportDialog) -> None:
    dialog.show_examination(Path("/another"), Examination(Wishes(), IMAGES))
    assert dialog.samples.pixels is None
