"""The plane's widget: it draws the layers and turns mouse and keys into changes of the state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.backdrop import paint_axes, paint_prior
from vae_explorer.ui.views.plane.card import HoverCard
from vae_explorer.ui.views.plane.fog import Fog, FogRequest
from vae_explorer.ui.views.plane.layer_bar import LayerBar
from vae_explorer.ui.views.plane.legend import Legend
from vae_explorer.ui.views.plane.mosaic import Mosaic, TileRequest
from vae_explorer.ui.views.plane.points import PickIndex, paint_points
from vae_explorer.ui.views.plane.scene import Cloud, Colouring, cloud, colouring
from vae_explorer.ui.views.plane.viewport import Viewport

PICK_RADIUS_PX = 14
CARD_DELAY_MS = 125
NUDGE_PX = 4
LARGE_NUDGE_PX = 32
PROBE_PX = 11
PRIOR_REACH = 2.5
"""Without data, and around it where there is a prior, the view shows at least ±2.5."""


class PlaneView(QWidget):
    """The latent plane. Click or drag: probe; wheel: zoom; middle drag or Space and drag: pan; arrows: nudge."""

    tiles_wanted = Signal(object, object)
    """A TileRequest and the codes (n, D) of its tiles. Answer with `show_tiles`."""
    support_wanted = Signal(object, object)
    """A FogRequest and the codes (n, D) of its cells. Answer with `show_support`."""
    image_hovered = Signal(object)
    """Index of the image under the cursor, or None."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plane")
        self.setAccessibleName(self.tr("Latent plane"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self._store = store
        self._mosaic = Mosaic()
        self._fog = Fog()
        self._colours: Colouring | None = None
        self._cloud: Cloud | None = None
        self._picks: PickIndex | None = None
        self._plane: LatentPlane | None = None
        self._backdrop: QPixmap | None = None
        self._hovered: int | None = None
        self._drag: QPointF | None = None
        self._panning = False
        self._space = False
        self._card = HoverCard(self)
        self._card_timer = QTimer(self, singleShot=True, interval=CARD_DELAY_MS)
        self._card_timer.timeout.connect(self._show_card)
        self._legend = Legend(self)
        self._legend.hidden_changed.connect(lambda hidden: store.update(hidden=hidden))
        self._layer_bar = LayerBar(store, self)
        store.changed.connect(self._on_changed)
        self._take_in(AppState(), store.state)

    # What others ask of it

    def viewport(self) -> Viewport:
        """What is in sight now."""
        view = self._store.state.view
        return Viewport(view, self.width(), self.height()) if view else self._home()

    def show_tiles(self, request: TileRequest, first: int, images: NDArray[np.uint8], epoch: int) -> None:
        """Take in decoded tiles (n, H, W, C), those from `first` on in `request`, asked for in mosaic epoch `epoch`."""
        if self._mosaic.put(request, first, images, epoch):
            self._redraw()

    @property
    def mosaic_epoch(self) -> int:
        """Counts changes of plane and weights: an answer to `tiles_wanted` carries the count at the asking."""
        return self._mosaic.epoch

    @property
    def mosaic_complete(self) -> bool:
        """Whether all tiles in sight are decoded by the weights and on the plane of now."""
        return self._mosaic.complete

    def show_support(self, request: FogRequest, support: NDArray[np.float32]) -> None:
        """Take in the support (n,) of a request's cells."""
        self._fog.put(request, support)
        self._redraw()

    def refresh_tiles(self) -> None:
        """Ask for all tiles anew: the weights have changed."""
        self._mosaic.invalidate()
        self._ask_for_tiles()

    def zoom(self, factor: float) -> None:
        """Magnify by `factor` around the middle of what is in sight."""
        centre = QPointF(self.width() / 2, self.height() / 2)
        self._store.update(view=self.viewport().zoomed(factor, centre))

    def highlight(self, index: int | None) -> None:
        """Ring an image that another pane points at."""
        self._hover(index, card=False)

    # State

    def _on_changed(self, old: AppState, new: AppState) -> None:
        self._take_in(old, new)
        if old.probe != new.probe:
            self._update_probe(old)
            self._update_probe(new)

    def _take_in(self, old: AppState, new: AppState) -> None:
        """Bring what is computed once up to date, and ask for what is now missing."""
        plane = new.plane
        moved = plane != self._plane
        self._plane = plane
        if new.model is not old.model:
            self._mosaic.clear()
            self._fog.clear()
        elif moved:
            self._mosaic.invalidate()
        if (new.images, new.embedding, new.colour_by) != (old.images, old.embedding, old.colour_by):
            self._colours = colouring(new.embedding.images, new.colour_by) if new.embedding else None
        if moved or (new.embedding, new.colour_by, new.hidden) != (old.embedding, old.colour_by, old.hidden):
            self._see_cloud(new)
            self._ask_for_support()
        if moved or (new.embedding, new.layers, new.view, new.model, new.hidden, new.colour_by, new.smooth) != (
            old.embedding, old.layers, old.view, old.model, old.hidden, old.colour_by, old.smooth
        ):  # fmt: skip
            self._look()
        if new.view != old.view:
            self._ask_for_support()

    def _see_cloud(self, state: AppState) -> None:
        ready = state.embedding and self._plane and self._colours and state.embedding.mean.shape[1] == self._plane.dims
        self._cloud = None
        if ready and state.embedding and self._plane and self._colours:
            self._cloud = cloud(state, state.embedding, self._plane, self._colours)
        self._legend.show_categories(self._colours if ready else None, state.hidden)
        self._arrange()

    def _look(self) -> None:
        """Follow a change of what is in sight."""
        self._picks = None
        self._ask_for_tiles()
        self._redraw()

    def _ask_for_tiles(self) -> None:
        state = self._store.state
        if state.model is None or self._plane is None or not state.layers.mosaic or not self.isVisible():
            return
        data = state.model.config.data
        request = self._mosaic.look(self.viewport(), (data.image_size, data.image_size, data.channels))
        if request is not None:
            self.tiles_wanted.emit(request, self._plane.lift(request.xy))

    def _ask_for_support(self) -> None:
        if self._plane is None or self._cloud is None or not self.isVisible():
            return
        request = FogRequest.covering(self.viewport())
        self.support_wanted.emit(request, self._plane.lift(request.xy))

    def _home(self) -> Viewport:
        """Show the data's quantiles on the plane's dimensions, and the prior where there is one."""
        state = self._store.state
        low, high = np.full(2, -PRIOR_REACH), np.full(2, PRIOR_REACH)
        embedding = state.embedding
        if embedding is not None and self._cloud is not None:
            span = embedding.span[list(state.plane_dims)]
            if self._plane is not None and self._plane.dims == 1:
                span = np.array([span[0], (-1, 1)])
            keep = state.model is not None and state.model.has_prior
            low = np.minimum(span[:, 0], low) if keep else span[:, 0]
            high = np.maximum(span[:, 1], high) if keep else span[:, 1]
        return Viewport.fit(low, high, self.width(), self.height())

    # Drawing

    def _redraw(self) -> None:
        self._backdrop = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers from their picture, then ring and probe over it."""
        if self._backdrop is None:
            self._backdrop = self._draw_backdrop()
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.drawPixmap(0, 0, self._backdrop)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ring(painter)
        self._paint_probe(painter)

    def _draw_backdrop(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(theme.BACKGROUND))
        state, viewport = self._store.state, self.viewport()
        painter = QPainter(picture)
        if state.layers.mosaic:
            self._mosaic.paint(painter, viewport, smooth=True)
        if state.layers.support:
            self._fog.paint(painter, viewport)
        if state.layers.prior and state.model is not None and state.model.has_prior:
            paint_prior(painter, viewport, dims=state.model.latent_dims)
        if state.layers.points and self._cloud is not None and self._colours is not None:
            paint_points(painter, viewport, self._cloud, self._colours)
        if self._plane is not None:
            x_dim, y_dim = state.plane_dims
            paint_axes(painter, viewport, f"z{x_dim + 1}", f"z{y_dim + 1}" if self._plane.dims > 1 else "")
        painter.end()
        return picture

    def _paint_probe(self, painter: QPainter) -> None:
        centre = self._probe_position(self._store.state)
        if centre is None:
            return
        for colour, width in ((QColor(0, 0, 0, 190), 4.5), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, PROBE_PX - 4, PROBE_PX - 4)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                step = QPointF(dx, dy)
                painter.drawLine(centre + step * (PROBE_PX - 4), centre + step * PROBE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ACCENT))
        painter.drawEllipse(centre, 2.5, 2.5)

    def _paint_ring(self, painter: QPainter) -> None:
        place = self._image_position(self._hovered)
        if place is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 200), 4.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(place, 8, 8)

    def _probe_position(self, state: AppState) -> QPointF | None:
        if not state.probe or self._plane is None or len(state.probe) != self._plane.dims:
            return None
        x, y = self._plane.project(np.array(state.probe, np.float32))
        return self.viewport().point(float(x), float(y))

    def _image_position(self, index: int | None) -> QPointF | None:
        if index is None or self._cloud is None or index >= len(self._cloud.xy):
            return None
        x, y = self._cloud.xy[index]
        return self.viewport().point(float(x), float(y))

    def _update_probe(self, state: AppState) -> None:
        self._update_around(self._probe_position(state), PROBE_PX + 4)

    def _update_around(self, place: QPointF | None, radius: int) -> None:
        if place is not None:
            corner = place.toPoint()
            self.update(QRect(corner.x() - radius, corner.y() - radius, 2 * radius + 1, 2 * radius + 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See more or less of the plane."""
        super().resizeEvent(event)
        self._arrange()
        self._look()
        self._ask_for_support()

    def showEvent(self, event: object) -> None:
        """Ask for what an invisible plane did not need."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._look()
        self._ask_for_support()

    def _arrange(self) -> None:
        """Place legend and switches along the lower edge, above the axis' numbers; one above the other if need be."""
        self._layer_bar.adjustSize()
        bar = self._layer_bar.rect()
        bottom = self.height() - 4 * theme.GRID
        left, right = 5 * theme.GRID, self.width() - theme.GRID
        self._layer_bar.move(right - bar.width(), bottom - bar.height())
        beside = right - bar.width() - left - theme.GRID
        self._legend.set_room(max(right - left, 120))
        above = self._legend.width() > beside
        legend_bottom = bottom - (bar.height() + theme.GRID // 2 if above else 0)
        self._legend.move(left, legend_bottom - self._legend.height())

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the probe, or start to pan."""
        self._show_no_card()
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self._panning, self._drag = True, event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.position()
            self._move_probe(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the probe, pan, or look what is under the cursor."""
        if self._drag is None:
            self._hover(self._pick(event.position()), card=True)
        elif self._panning:
            offset = event.position() - self._drag
            self._drag = event.position()
            self._store.update(view=self.viewport().panned(offset.x(), offset.y()))
        else:
            self._move_probe(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._drag, self._panning = None, False
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the code of the image under the cursor to the probe."""
        index = self._pick(event.position())
        embedding = self._store.state.embedding
        if event.button() == Qt.MouseButton.LeftButton and index is not None and embedding is not None:
            self._store.update(probe=tuple(map(float, embedding.mean[index])), original=index)
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor: a notch is a factor of 1.2."""
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

    def enterEvent(self, event: QEnterEvent) -> None:
        """Keep what Qt does; the cursor may have changed while the mouse was elsewhere."""
        super().enterEvent(event)
        self._show_cursor()

    def leaveEvent(self, event: object) -> None:
        """Nothing is hovered any more."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(None, card=False)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        self.setCursor(shape.OpenHandCursor if self._space else shape.CrossCursor)

    def _move_probe(self, position: QPointF) -> None:
        """Decode what lies under the cursor: the plane's own dimensions change, the held ones stay."""
        if self._plane is not None:
            code = self._plane.lift(np.array(self.viewport().to_plane(position), np.float32))
            self._store.update(probe=tuple(map(float, code)), original=None)

    def _nudge(self, pixels: QPointF) -> None:
        place = self._probe_position(self._store.state)
        if place is not None:
            self._move_probe(place + pixels)

    def _pick(self, position: QPointF) -> int | None:
        if self._cloud is None or not self._store.state.layers.points:
            return None
        if self._picks is None:
            self._picks = PickIndex(self.viewport(), self._cloud)
        return self._picks.nearest(position.x(), position.y(), PICK_RADIUS_PX)

    def _hover(self, index: int | None, *, card: bool) -> None:
        if index == self._hovered:
            return
        self._show_no_card()
        self._update_around(self._image_position(self._hovered), 12)
        self._hovered = index
        self._update_around(self._image_position(index), 12)
        if card:
            self.image_hovered.emit(index)
            if index is not None:
                self._card_timer.start()

    def _show_no_card(self) -> None:
        self._card_timer.stop()
        self._card.hide()

    def _show_card(self) -> None:
        place, embedding = self._image_position(self._hovered), self._store.state.embedding
        if place is not None and embedding is not None and self._hovered is not None:
            self._card.show_image(embedding.images, self._hovered, place.toPoint())
