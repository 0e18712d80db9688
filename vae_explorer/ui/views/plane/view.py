"""The plane's widget: it turns mouse and keys into changes of the state."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.services.selection import AT_ONCE, Mode, changes_to_select
from vae_explorer.services.state import AppState, Store, changes_to_image, with_locks
from vae_explorer.ui.views.plane.canvas import PlaneCanvas
from vae_explorer.ui.views.plane.card import HoverCard
from vae_explorer.ui.views.plane.scale_bar import reading
from vae_explorer.ui.views.plane.stroke import Shape, Stroke

CARD_DELAY_MS = 125
NUDGE_PX = 4
LARGE_NUDGE_PX = 32


class PlaneView(PlaneCanvas):
    """The latent plane. Click or drag: probe; wheel: zoom; middle drag or Space and drag: pan; arrows: nudge.

    Shift and drag, or any drag while lasso or box is chosen: select; with Ctrl more, with Alt less. Escape: nothing.
    """

    image_hovered = Signal(object)
    """Index of the image under the cursor, or None."""
    selection_wanted = Signal(object, str)
    """A function that finds, on any thread, what is to be selected among many images, (n,), and a `Mode`."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.setObjectName("plane")
        self.setAccessibleName(self.tr("Latent plane"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._drag: QPointF | None = None
        self._panning = False
        self._space = False
        self._mouse: QPointF | None = None
        """Where the mouse is, while it looks at the points."""
        self._card = HoverCard(self)
        self._card_timer = QTimer(self, singleShot=True, interval=CARD_DELAY_MS)
        self._card_timer.timeout.connect(self._show_card)
        for overlay in (self._legend, self._layer_bar):
            overlay.installEventFilter(self)

    def zoom(self, factor: float) -> None:
        """Magnify by `factor` around the middle of what is in sight."""
        centre = QPointF(self.width() / 2, self.height() / 2)
        self._store.update(view=self.viewport().zoomed(factor, centre))

    def highlight(self, index: int | None) -> None:
        """Ring an image that another pane points at."""
        self._hover(index, told=False)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the probe, or start to pan."""
        self._hover(None, told=True)
        if event.button() == Qt.MouseButton.LeftButton and not self._space and self._selects_with(event) is not None:
            self._stroke = Stroke(self._selects_with(event) or "lasso", _mode(event), event.position())
            return
        self._store.begin_gesture()
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self._panning, self._drag = True, event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.position()
            self._move_probe(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the probe, pan, select, or look what is under the cursor."""
        if self._stroke is not None:
            self._stroke.extend(event.position())
            self.update()
        elif self._drag is None:
            self._mouse = event.position()
            self._hover(self.image_at(event.position()), told=True)
        elif self._panning:
            offset = event.position() - self._drag
            self._drag = event.position()
            self._store.update(view=self.viewport().panned(offset.x(), offset.y()))
        else:
            self._move_probe(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        if self._stroke is not None:
            self._end_stroke(self._stroke)
        self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the code of the image under the cursor to the probe."""
        index = self.image_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._store.update(**changes_to_image(self._store.state, index))
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor: a notch is a factor of 1.2."""
        self._mouse = event.position()
        factor = 1.2 ** (event.angleDelta().y() / 120)
        self._store.update(view=self.viewport().zoomed(factor, event.position()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge the probe by the arrow keys, reset the view by Home, pan while Space is down."""
        key = Qt.Key
        arrows = {key.Key_Left: (-1, 0), key.Key_Right: (1, 0), key.Key_Up: (0, -1), key.Key_Down: (0, 1)}
        if event.key() in arrows:
            large = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            dx, dy = arrows[key(event.key())]
            self._nudge(QPointF(dx, dy) * (LARGE_NUDGE_PX if large else NUDGE_PX))
        elif event.key() == key.Key_Escape and self._stroke is not None:
            self._stroke = None
            self.update()
        elif event.key() == key.Key_Escape and self._store.state.selection is not None:
            self._store.update(selection=None)
        elif event.key() == key.Key_Home:
            self._store.update(view=None)
        elif event.key() == key.Key_Space:
            self._space = True
            self._show_cursor()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is up again."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whoever has the keys now hears that Space is up, and a dialog that has come that the button is."""
        super().focusOutEvent(event)
        self._space = False
        self._let_go()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Keep what Qt does; the cursor may have changed while the mouse was elsewhere."""
        super().enterEvent(event)
        self._show_cursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the mouse that comes to legend or switches has left the images, though not the plane's rectangle."""
        if event.type() == QEvent.Type.Enter:
            self._look_away()
        return super().eventFilter(watched, event)

    def leaveEvent(self, event: object) -> None:
        """Nothing is hovered any more."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._look_away()

    def _look_away(self) -> None:
        self._mouse = None
        self._hover(None, told=True)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        self.setCursor(shape.OpenHandCursor if self._space else shape.CrossCursor)

    def _let_go(self) -> None:
        """Drop what is being dragged or drawn, where it is."""
        self._store.end_gesture()
        self._drag, self._panning, self._stroke = None, False, None
        self._show_cursor()
        self.update()

    def _selects_with(self, event: QMouseEvent) -> Shape | None:
        """What a drag draws around points: what was chosen, or with Shift a lasso; None: it moves the probe."""
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        return self._layer_bar.shape or ("lasso" if shift else None)

    def _end_stroke(self, stroke: Stroke) -> None:
        """Select what lies inside; a mere click selects the image under it, or nothing."""
        self._stroke = None
        under = self.image_at(stroke.path.currentPosition())
        clicked = partial(np.array, [] if under is None else [under], np.int64)
        find = clicked if stroke.is_click else self.enclosing(stroke)
        state = self._store.state
        if state.embedding is not None and len(state.embedding.mean) > AT_ONCE:
            self.selection_wanted.emit(find, stroke.mode)
        else:
            self._store.update(**changes_to_select(state.selection, find(), stroke.mode))
        self.update()

    def _move_probe(self, position: QPointF) -> None:
        """Decode what lies under the cursor: the plane's own dimensions change, the held ones stay."""
        if self._plane is not None:
            code = self._plane.lift(np.array(self.viewport().to_plane(position), np.float32))
            self._store.update(probe=with_locks(self._store.state, tuple(code.tolist())), original=None)

    def _nudge(self, pixels: QPointF) -> None:
        place = self._probe
        if place is not None:
            self._move_probe(place + pixels)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        """Look what is under the mouse now, and let go of an image that is no longer on show."""
        super()._on_changed(old, new)
        if new.view != old.view and self._mouse is not None and self._drag is None and self._stroke is None:
            self._hover(self.image_at(self._mouse), told=True)  # points have moved under a mouse that is still
        before, now = old.embedding, new.embedding
        if (before and before.images) is not (now and now.images):
            self._hover(None, told=True)

    def _hover(self, index: int | None, *, told: bool) -> None:
        """Ring an image. `told`: the mouse points at it here, so others are told, and after a while a card shows."""
        if index == self._hovered:
            return
        self._show_no_card()
        self._hovered = index
        self.update()
        if told:
            self.image_hovered.emit(index)
            if index is not None:
                self._card_timer.start()

    def _show_no_card(self) -> None:
        self._card_timer.stop()
        self._card.hide()

    def _show_card(self) -> None:
        place, embedding = self._image_position(self._hovered), self._store.state.embedding
        if place is not None and embedding is not None and self._hovered is not None and self._colours is not None:
            says = reading(self._store.state.colour_by, self._colours, self._hovered)
            self._card.show_image(embedding.images, self._hovered, place.toPoint(), says)


def _mode(event: QMouseEvent) -> Mode:
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return "add"
    return "subtract" if event.modifiers() & Qt.KeyboardModifier.AltModifier else "replace"
