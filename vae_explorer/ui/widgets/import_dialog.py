"""What is found of a foreign model, to be completed and corrected, with a look at what it decodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QDoubleValidator, QIntValidator
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.core.importers.wishes import CHOICES, Wishes, called, in_words
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.choice_box import ChoiceBox
from vae_explorer.ui.widgets.labels import ElidedLabel, label
from vae_explorer.ui.widgets.sample_grid import SampleGrid

if TYPE_CHECKING:
    from vae_explorer.core.importers.examining import Examination

LARGEST: Final = 1 << 24


class ImportDialog(QDialog):
    """Every change asks for another look. Answer with `show_examination`."""

    examine_wanted = Signal(object, object)
    """The path, and the Wishes to read it by."""
    import_wanted = Signal(object, object)
    """The same, to be imported."""
    all_cancelled = Signal()
    """Neither this model nor those that wait is to be imported; `rejected` follows."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self._editors: dict[str, ChoiceBox | QLineEdit] = {}
        self.setObjectName("import_dialog")
        self.setWindowTitle(self.tr("Import a model"))
        self._says = label("", "muted")
        self._says.setObjectName("import_says")
        self._says.setWordWrap(True)
        self._waiting = ElidedLabel("", "muted")
        self._waiting.setObjectName("import_waiting")
        self.samples = SampleGrid()
        self.samples.setObjectName("import_samples")
        self.samples.setAccessibleName(self.tr("What codes drawn at random decode to"))
        self.samples.setMinimumSize(25 * theme.GRID, 25 * theme.GRID)
        self._import = push_button(self.tr("Import"), self.tr("Make it a model of this window"), "import", primary=True)
        self._cancel_all = push_button(
            self.tr("Cancel all"), self.tr("Import neither this model nor those that wait"), "import_cancel_all"
        )
        self._lay_out()
        self.show_waiting(())
        self._cancel_all.clicked.connect(self._on_cancel_all)
        self._import.clicked.connect(self._on_import)

    def start(self) -> None:
        """Show, and take the first look."""
        self.show()
        self._look()

    @property
    def wishes(self) -> Wishes:
        """What the fields say; what is empty is to be found out."""
        return Wishes(**{name: self._value(name) for name in self._editors if self._value(name)})

    def show_examination(self, path: Path, examination: Examination) -> None:
        """Show what a look said, where it was a look at this model."""
        if path != self.path:
            return
        self.samples.show_images(examination.images)
        self._import.setEnabled(not examination.problem)
        says = self.tr("Found: {0}.").format(in_words(examination.found))
        names = {name: title for name, (title, _) in self._titles().items()}
        self._says.setText(called(examination.problem, names) or " ".join([says, *examination.notes]))
        for name, editor in self._editors.items():
            is_missing = name in examination.missing
            words = self.tr("needed") if is_missing else self._words_for(getattr(examination.found, name))
            if isinstance(editor, QLineEdit):
                editor.setPlaceholderText(words)
            else:
                editor.setItemText(0, words)

    def show_waiting(self, names: Sequence[str]) -> None:
        """Say which models are asked about after this one."""
        quoted = ", ".join(f"“{name}”" for name in names)
        says = self.tr("{0} more after this: {1}").format(len(names), quoted)
        self._waiting.setText(says if names else "")
        for widget in (self._waiting, self._cancel_all):
            widget.setVisible(bool(names))

    def _words_for(self, found: Any) -> str:
        """Say in an empty field what was found for it."""
        if not found:
            return self.tr("as found")
        return self.tr("as found: {0}").format(", ".join(found) if isinstance(found, tuple) else found)

    def _lay_out(self) -> None:
        heading = label(self.tr("Import “{0}”").format(printable(self.path.name)), "title")
        grid = QGridLayout()
        grid.setSpacing(theme.GRID)
        titles = self._titles()
        for row, field in enumerate(fields(Wishes)):
            title, says = titles[field.name]
            editor = self._editors[field.name] = self._editor(field.name)
            editor.setObjectName(f"import_{field.name}")
            editor.setAccessibleName(title)
            editor.setToolTip(says)
            grid.addWidget(label(title), row, 0)
            grid.addWidget(editor, row, 1)
        beside = QHBoxLayout()
        beside.setSpacing(2 * theme.GRID)
        beside.addLayout(grid, 1)
        beside.addWidget(self.samples)
        cancel = push_button(self.tr("Cancel"), self.tr("Import nothing"), "import_cancel")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._cancel_all)
        buttons.addWidget(cancel)
        buttons.addWidget(self._import)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(heading)
        column.addLayout(beside)
        column.addWidget(self._says)
        column.addWidget(self._waiting)
        column.addLayout(buttons)
        self.setMinimumWidth(560)

    def _editor(self, name: str) -> ChoiceBox | QLineEdit:
        if name in CHOICES:
            box = ChoiceBox()
            box.set_choices([(None, self.tr("as found"), ""), *((word, word, "") for word in CHOICES[name])])
            box.currentIndexChanged.connect(self._look)
            return box
        line = QLineEdit()
        if name == "slope":
            share = QDoubleValidator(0, 1, 6, line)
            share.setLocale(QLocale.c())  # else a point would be a comma in some countries, and nothing Python reads
            line.setValidator(share)
        elif name != "plain":
            line.setValidator(QIntValidator(1, LARGEST, line))
        line.textEdited.connect(self._look)
        return line

    def _value(self, name: str) -> Any:
        editor = self._editors[name]
        if isinstance(editor, ChoiceBox):
            return editor.value()
        line, text = editor, editor.text().strip()
        if name == "plain":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if name == "slope":
            return float(text) if line.hasAcceptableInput() else None
        return int(text) if text.isdecimal() else None

    def _look(self) -> None:
        self.examine_wanted.emit(self.path, self.wishes)

    def _on_cancel_all(self) -> None:
        self.all_cancelled.emit()
        self.reject()

    def _on_import(self) -> None:
        self.import_wanted.emit(self.path, self.wishes)
        self.accept()

    def _titles(self) -> dict[str, tuple[str, str]]:
        return {
            "image_size": (self.tr("Image size"), self.tr("Height and width in pixels")),
            "channels": (self.tr("Channels"), self.tr("1 for grey, 3 for colour")),
            "latent_dims": (self.tr("Latent dims"), self.tr("Numbers in a code")),
            "output": (
                self.tr("Output"),
                self.tr("sigmoid, tanh: still to be applied; raw: from 0 to 1 already; signed: from −1 to 1 already"),
            ),
            "layout": (self.tr("Layout"), self.tr("chw: channel by channel; hwc: pixel by pixel")),
            "posterior": (self.tr("Posterior"), self.tr("What the encoder's second output is")),
            "activation": (self.tr("Activation"), self.tr("What stands between the layers")),
            "slope": (self.tr("Slope"), self.tr("Of the leaky ReLU below 0")),
            "classes": (self.tr("Classes"), self.tr("How many a conditional model tells apart")),
            "plain": (self.tr("Without activation"), self.tr("Layers that none follows, with commas between")),
        }
