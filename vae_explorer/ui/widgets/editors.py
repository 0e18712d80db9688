"""Widgets that edit one value each, behind one interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, SignalInstance
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.number_box import IntegerBox, RealBox


@dataclass(frozen=True, eq=False)
class Editor:
    """A widget with how its value is read, written, and told of. `read` may raise UserError."""

    widget: QWidget
    read: Callable[[], Any]
    write: Callable[[Any], None]
    changed: SignalInstance


def whole_number(minimum: int, maximum: int) -> Editor:
    """Edit an int."""
    box = IntegerBox(minimum, maximum)
    return Editor(box, box.value, box.setValue, box.valueChanged)


def real_number(minimum: float, maximum: float) -> Editor:
    """Edit a float."""
    box = RealBox(minimum, maximum)
    return Editor(box, box.value, box.setValue, box.valueChanged)


def yes_or_no() -> Editor:
    """Edit a bool."""
    box = QCheckBox()
    return Editor(box, box.isChecked, box.setChecked, box.toggled)


def choice(choices: Iterable[tuple[Any, str, str]] = ()) -> Editor:
    """Choose a value: each with the words for it and a sentence on it."""
    box = ChoiceBox()
    box.set_choices(choices)
    return Editor(box, box.value, box.set_value, box.currentIndexChanged)


def number_list() -> Editor:
    """Edit a tuple of ints as “512, 256”."""
    line = QLineEdit()
    return Editor(line, lambda: _numbers(line.text()), lambda numbers: line.setText(_text(numbers)), line.textChanged)


def _text(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        says = QCoreApplication.translate("editors", "“{0}” isn't a list of whole numbers such as 512, 256.")
        raise UserError(says.format(text)) from None
