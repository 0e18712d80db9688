"""Labels that never cut text off without saying so."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget


class ElidedLabel(QLabel):
    """One line that ends in “…” where its place is too narrow, and then tells the whole in its tooltip.

    Its size doesn't depend on its text, so a new text lays nothing out anew: Qt would do the whole window each time.
    """

    def __init__(self, text: str = "", role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._mode = mode
        self._text = ""
        self.setText(text)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Qt: the whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Qt: show `text`."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._update_tooltip()
            self.update()

    def minimumSizeHint(self) -> QSize:
        """Qt: as high as its line, as narrow as it must be."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: its size changed."""
        super().resizeEvent(event)
        self._update_tooltip()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt: paint."""
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        style = self.style()
        style.drawItemText(
            painter, self.contentsRect(), int(self.alignment()), option.palette, self.isEnabled(), self._elided(),
            self.foregroundRole(),
        )  # fmt: skip

    def _elided(self) -> str:
        return self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())

    def _update_tooltip(self) -> None:
        self.setToolTip(self.text() if self._elided() != self.text() else "")


def label(text: str, role: str = "", buddy: QWidget | None = None) -> QLabel:
    """Return a plain-text label with a role of the theme: title, heading, muted or warning."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setProperty("role", role)
    if buddy is not None:
        result.setBuddy(buddy)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Change a label's role; the style sheet is asked again only when it differs."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        style: QStyle = widget.style()
        style.unpolish(widget)
        style.polish(widget)
