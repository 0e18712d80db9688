"""Content that is taller than its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QStyle, QWidget


def scrolled(content: QWidget) -> QScrollArea:
    """Return what scrolls `content` up and down; it is as wide as its place, and the keyboard passes through."""
    return _laid_in(QScrollArea(), content)


def scrolled_whole(content: QWidget) -> QScrollArea:
    """Return the same, but its place can't be made so narrow that a part of `content` lies beyond it."""
    return _laid_in(_Whole(), content)


def _laid_in(scroll: QScrollArea, content: QWidget) -> QScrollArea:
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll


class _Whole(QScrollArea):
    def minimumSizeHint(self) -> QSize:
        """As wide as the content must be, beside the scroll bar that may come."""
        hint, content = super().minimumSizeHint(), self.widget()
        if content is None:
            return hint
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        wanted = content.minimumSizeHint().width() + bar + 2 * self.frameWidth()
        return QSize(max(hint.width(), wanted), hint.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: tell the layout around it when the content needs more or less."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
