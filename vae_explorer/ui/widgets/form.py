"""Rows of named fields, each of which says what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QGridLayout, QLayout, QVBoxLayout, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.widgets.editors import Editor
from vae_explorer.ui.widgets.labels import label

_HEIGHT: Final = 28
"""Pixels: all editors are equally high."""


@dataclass(frozen=True, eq=False)
class Field:
    """A value by name, with the words for it, a sentence on it, and its editor."""

    name: str
    title: str
    says: str
    editor: Editor


class Form(QWidget):
    """Fields under each other. `stacked` puts the words above the editor, which then has the whole width.

    An editor's object name is “field_”, `prefix`, and the field's name.
    """

    edited = Signal()
    """Some value changed."""
    described = Signal(str)
    """The sentence on the field that is focused or under the mouse."""

    def __init__(
        self, parent: QWidget, fields: Sequence[Field] = (), *, stacked: bool = False, prefix: str = ""
    ) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._stacked = stacked
        self._fields: dict[str, Field] = {}
        self._says: dict[QObject, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._rows: QWidget | None = None
        self.set_fields(fields)

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name."""
        return self._fields

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Show these fields in place of those before."""
        if self._rows is not None:
            self._column.removeWidget(self._rows)
            self._rows.setParent(None)
            self._rows.deleteLater()
        self._fields = {field.name: field for field in fields}
        self._says = {}
        self._rows = QWidget()
        self._fill(QGridLayout(self._rows))
        self._column.addWidget(self._rows)
        self.setVisible(bool(fields))

    def values(self) -> dict[str, Any]:
        """Return all values by name. Raises UserError where one can't be read."""
        return {name: field.editor.read() for name, field in self._fields.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show `values`, as far as there are fields of their names."""
        for name, field in self._fields.items():
            if name in values:
                field.editor.write(values[name])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: tell what the field under the mouse, or with the focus, does."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn) and watched in self._says:
            self.described.emit(self._says[watched])
        return super().eventFilter(watched, event)

    def _fill(self, grid: QGridLayout) -> None:
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        grid.setColumnStretch(0 if self._stacked else 1, 1)
        grid.setColumnMinimumWidth(0, 12 * theme.GRID)
        grid.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        for row, field in enumerate(self._fields.values()):
            self._add(grid, row, field)

    def _add(self, grid: QGridLayout, row: int, field: Field) -> None:
        editor = field.editor.widget
        caption = label(field.title, "muted", buddy=editor)
        if self._stacked and row:
            caption.setContentsMargins(0, theme.GRID // 2, 0, 0)
        editor.setFixedHeight(_HEIGHT)
        editor.setObjectName(f"field_{self._prefix}{field.name}")
        editor.setAccessibleName(field.title)
        editor.setAccessibleDescription(field.says)
        for widget in (caption, editor):
            widget.setToolTip(field.says)
            widget.installEventFilter(self)
            self._says[widget] = field.says
        grid.addWidget(caption, row * 2 if self._stacked else row, 0)
        grid.addWidget(editor, *((row * 2 + 1, 0) if self._stacked else (row, 1)))
        field.editor.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.edited.emit()
