"""The categories and their colours, a click switching one off or on; or the scale that the colours are of."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scale_bar import ScaleBar
from vae_explorer.ui.views.plane.scene import Colouring

ROW_PX = 22
MAX_ROWS = 3
NAME_PX = 140
MORE_PX = 88
"""At the end of the last row, for the number of categories that are left out."""


class Legend(QWidget):
    """Chips in up to three rows. Click: switch a category; double-click or Ctrl+click: show it alone, or all again."""

    hidden_changed = Signal(object)
    """frozenset of the names that are switched off."""
    refresh_wanted = Signal()
    """A scale of an earlier step of a training is to be computed anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self.setAccessibleName(self.tr("Legend"))
        self._colours: Colouring | None = None
        self._bar: ScaleBar | None = None
        self._hidden: frozenset[str] = frozenset()
        self._chips: list[tuple[QRectF, int]] = []
        self._left_out = 0
        self._has_chips = True
        self._room = 400
        self._picture: QPixmap | None = None
        """As it was painted last; None where it is to be painted anew."""

    def show_categories(self, colours: Colouring | None, hidden: frozenset[str]) -> None:
        """Show these categories, none where there is only one; or the scale."""
        self._colours = colours if colours is not None and len(colours.names) > 1 else None
        self._bar = ScaleBar(colours.scale) if colours is not None and colours.scale is not None else None
        self._hidden = hidden
        answers = self._bar is None or self._bar.is_of_older_weights
        self.setCursor(Qt.CursorShape.PointingHandCursor if answers else Qt.CursorShape.ArrowCursor)
        self.setAccessibleDescription(self._bar.tip() if self._bar is not None else "")
        self._arrange()

    def leave_chips(self) -> None:
        """Show nothing but scales from now on."""
        self._has_chips = False
        self._arrange()

    def show_progress(self, share: float) -> None:
        """Tell how much of what the scale shows is computed."""
        if self._bar is not None:
            self._bar.progress = share
            self._arrange()

    def set_room(self, width: int) -> None:
        """Say how wide it may become."""
        if width != self._room:
            self._room = width
            self._arrange()

    def chip(self, name: str) -> QRectF:
        """Where the chip called `name` is. Raises KeyError when it isn't shown."""
        names = self._colours.names if self._colours else ()
        return {names[number]: box for box, number in self._chips}[name]

    def sizeHint(self) -> QSize:
        """As large as its chips, or its scale."""
        if self._bar is not None:
            return self._bar.size(self._room)
        right = max((box.right() + 8 for box, _ in self._chips), default=0)
        if self._left_out:
            right = max(right, self._chips[-1][0].right() + MORE_PX)
        bottom = max((box.bottom() for box, _ in self._chips), default=0)
        return QSize(int(right), int(bottom) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint it anew, besides what Qt does."""
        super().resizeEvent(event)
        self._forget()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Switch the category under the mouse."""
        if self._bar is not None and self._bar.is_of_older_weights:
            self.refresh_wanted.emit()
        name = self._name_at(event)
        if name is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._isolate(name, self._hidden)
        else:
            self.hidden_changed.emit(self._hidden ^ {name})

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show one category alone, or all again."""
        name = self._name_at(event)
        if name is not None:
            # The first of the two presses has switched it already.
            self._isolate(name, self._hidden ^ {name})

    def event(self, event: QEvent) -> bool:
        """Qt: explain what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(event), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Show what was painted last: it is seen through, so that each frame of the plane paints it."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatioF() != ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            self._paint(self._picture)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)

    def _paint(self, picture: QPixmap) -> None:
        """Draw the chips, or the scale, on a quiet ground."""
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ground())
        painter.drawRoundedRect(self.rect(), 6, 6)
        painter.setFont(theme.font(theme.SMALL_PT))
        if self._bar is not None:
            self._bar.paint(painter)
        elif self._colours is not None:
            self._paint_chips(painter, self._colours)
        painter.end()

    def _paint_chips(self, painter: QPainter, colours: Colouring) -> None:
        for box, number in self._chips:
            self._paint_chip(painter, box, colours, number)
        if self._left_out:
            last = self._chips[-1][0]
            painter.setPen(QColor(theme.MUTED))
            place = QRectF(last.right(), last.top(), MORE_PX, last.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.tr("+{0} more").format(self._left_out))

    def _paint_chip(self, painter: QPainter, box: QRectF, colours: Colouring, number: int) -> None:
        name = colours.names[number]
        off = name in self._hidden
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LINE) if off else colours.colour(number))
        painter.drawEllipse(QRectF(box.left() + 6, box.center().y() - 4, 8, 8))
        painter.setPen(QColor(theme.FAINT if off else theme.TEXT))
        text = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideMiddle, NAME_PX)
        painter.drawText(box.adjusted(19, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _arrange(self) -> None:
        """Lay the chips out in rows as wide as there is room for."""
        self._chips.clear()
        names = self._colours.names if self._colours and self._has_chips else ()
        metrics = QFontMetricsF(theme.font(theme.SMALL_PT))
        x, row = 4.0, 0
        for number, name in enumerate(names):
            width = 28 + min(metrics.horizontalAdvance(name), NAME_PX)
            room = self._room - (MORE_PX if row == MAX_ROWS - 1 else 0)
            if x + width > room and x > 4:
                x, row = 4.0, row + 1
            if row == MAX_ROWS:
                break
            self._chips.append((QRectF(x, 2 + row * ROW_PX, width, ROW_PX), number))
            x += width
        self._left_out = len(names) - len(self._chips)
        self.setVisible(bool(self._chips) or self._bar is not None)
        self.resize(self.sizeHint())
        self._forget()

    def _forget(self) -> None:
        self._picture = None
        self.update()

    def _isolate(self, name: str, hidden: frozenset[str]) -> None:
        names = frozenset(self._colours.names) if self._colours else frozenset()
        others = names - {name}
        self.hidden_changed.emit(frozenset() if hidden == others else others)

    def _tip(self, event: QHelpEvent) -> str:
        """Say what the scale is of, or give the whole of a name that was cut short."""
        if self._bar is not None:
            return self._bar.tip()
        number = self._number_at(event.pos().x(), event.pos().y())
        if self._colours is None or number is None:
            return ""
        name = self._colours.names[number]
        return self.tr("{0}: click to switch it off or on, double-click to see it alone").format(name)

    def _number_at(self, x: float, y: float) -> int | None:
        return next((number for box, number in self._chips if box.contains(x, y)), None)

    def _name_at(self, event: QMouseEvent) -> str | None:
        number = self._number_at(event.position().x(), event.position().y())
        return None if number is None or self._colours is None else self._colours.names[number]


def _ground() -> QColor:
    ground = QColor(theme.SURFACE)
    ground.setAlphaF(0.85)
    return ground
