"""The plane's picture: it follows the state, asks for tiles and support that are missing, and draws the layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.latent.plane import Flat, Lifted
from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.state import AppState, Store, same_plane
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.cloud import Cloud, CloudOfNow, CloudRequest, places_of
from vae_explorer.ui.views.plane.ellipses import paint_posterior
from vae_explorer.ui.views.plane.fog import Fog, FogRequest
from vae_explorer.ui.views.plane.lattice import TileRequest
from vae_explorer.ui.views.plane.layer_bar import LayerBar
from vae_explorer.ui.views.plane.legend import Legend
from vae_explorer.ui.views.plane.marks import REACH_PX, paint_probe, paint_ring
from vae_explorer.ui.views.plane.mosaic import Mosaic, News
from vae_explorer.ui.views.plane.picture import Picture, Shown
from vae_explorer.ui.views.plane.scene import Colouring, colouring
from vae_explorer.ui.views.plane.stroke import Stroke
from vae_explorer.ui.views.plane.viewport import Viewport, home
from vae_explorer.ui.widgets.pace import Pace

PICK_RADIUS_PX = 14

BLANK_MS = 30
"""So long the picture of before stays where there is nothing of the map to be shown yet: its first tiles are near, and
to draw a plane without any would keep them waiting."""

PIECES_MS = 60
"""What arrives within this time is drawn together."""


class PlaneCanvas(QWidget):
    """Draws mosaic, support, prior, points, axes and probe. What moves it is in `view`."""

    tiles_wanted = Signal(object, object)
    """A TileRequest and the `Lifted` codes (n, D) of its tiles. Answer with `show_tiles`."""
    support_wanted = Signal(object, object)
    """A FogRequest and the `Lifted` codes (n, D) of its cells. Answer with `show_support`."""
    cloud_wanted = Signal(object, object)
    """A CloudRequest of many points and a function that makes the cloud, on any thread. Answer with `show_cloud`."""
    sorting = Signal(int)
    """So many points are being sorted; 0: they are there."""
    colours_wanted = Signal()
    """What colours the points is of an earlier step of a training, and is to be computed anew."""
    table_wanted = Signal()
    """A table is to be opened, to colour the points by."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self._store = store
        self._mosaic = Mosaic()
        self._fog = Fog()
        self._colours: Colouring | None = None
        self._points = CloudOfNow(self.cloud_wanted.emit)
        self._plane: Flat | None = None
        self._picture = Picture(self._mosaic, self._fog)
        self._hovered: int | None = None
        self._cloud_waits = False
        """Whether the points' depths are still those of an earlier plane."""
        self._pace = Pace(self, PIECES_MS)
        self._pace.due.connect(self._redraw)
        self._blank = QTimer(self, singleShot=True, interval=BLANK_MS)
        self._blank.timeout.connect(self._turn)
        self._stroke: Stroke | None = None
        """The lasso or box that is being drawn."""
        self._probe: QPointF | None = None
        """Where the probe is drawn."""
        self._legend = Legend(self)
        self._legend.hidden_changed.connect(lambda hidden: store.update(hidden=hidden))
        self._legend.refresh_wanted.connect(self.colours_wanted)
        self._layer_bar = LayerBar(store, self)
        self._layer_bar.table_wanted.connect(self.table_wanted)
        store.changed.connect(self._on_changed)
        self._take_in(AppState(), store.state)

    # What others ask of it

    def viewport(self) -> Viewport:
        """What is in sight now."""
        state, width, height = self._store.state, self.width(), self.height()
        return Viewport(state.view, width, height) if state.view else home(state, width, height)

    def leave_controls(self) -> None:
        """Show no switches: those of a plane whose store is linked with this one's do for both.

        A scale is shown, since its numbers are this model's own.
        """
        self._legend.leave_chips()
        self._layer_bar.setMaximumSize(0, 0)

    def show_tiles(self, request: TileRequest, first: int, images: NDArray[np.uint8], epoch: int) -> None:
        """Take in decoded tiles (n, H, W, C), those from `first` on in `request`, asked for in mosaic epoch `epoch`."""
        news = self._mosaic.put(request, first, images, epoch)
        if news is not News.NONE:
            self._pace.ask(is_awaited=news is News.AWAITED)

    @property
    def mosaic_epoch(self) -> int:
        """Counts changes of plane and weights: an answer to `tiles_wanted` carries the count at the asking."""
        return self._mosaic.epoch

    @property
    def mosaic_known(self) -> bool:
        """Whether all tiles in sight are there, though perhaps not drawn yet."""
        return self._mosaic.complete

    @property
    def mosaic_complete(self) -> bool:
        """Whether all tiles in sight are drawn as the weights of now decode them on the plane of now."""
        return self._mosaic.complete and not self._pace.waits

    def show_support(self, request: FogRequest, support: NDArray[np.float32]) -> None:
        """Take in the support (n,) of a request's cells."""
        self._fog.put(request, support)
        self._pace.ask()

    def show_cloud(self, request: CloudRequest, made: Cloud) -> None:
        """Take in the cloud that was made for a request."""
        if self._points.take(request, made):
            self._ask_for_support()
            self._look()
        self._tell_sorting()

    @property
    def points_complete(self) -> bool:
        """Whether the points on show are those of now."""
        return self._points.is_settled

    def show_colouring_progress(self, share: float) -> None:
        """Tell how much of what the points are to be coloured by is computed."""
        self._legend.show_progress(share)
        self._arrange()

    def refresh_tiles(self) -> None:
        """Ask for all tiles anew: the weights have changed."""
        self._mosaic.invalidate()
        self._ask_for_tiles()

    def image_at(self, position: QPointF) -> int | None:
        """Index of the image whose point lies under a pixel position, or next to it."""
        if self._cloud is None or not self._store.state.layers.points:
            return None
        viewport, index = self.viewport(), self._cloud.index
        reach = PICK_RADIUS_PX * viewport.view.units_per_pixel
        place = index.nearest(*viewport.to_plane(position), reach, viewport.bounds)
        return None if place is None else int(index.numbers[place])

    def enclosing(self, stroke: Stroke) -> Callable[[], NDArray[np.int64]]:
        """Return what finds, on any thread, the images whose points lie inside a stroke, of those switched on."""
        if self._cloud is None or not self._store.state.layers.points:
            return lambda: np.zeros(0, np.int64)
        return stroke.finder(self.viewport(), self._cloud.index)

    # State

    @property
    def _cloud(self) -> Cloud | None:
        """The points on show."""
        return self._points.cloud

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if _is_shift(old, new):
            self._shift(new)
        else:
            self._take_in(old, new)
        if old.probe != new.probe:
            self._place_probe()

    def _shift(self, state: AppState) -> None:
        """Follow a knob whose dimension isn't on the plane: the points stay where they are, tiles and depths change."""
        self._plane = state.plane
        self._cloud_waits = True
        self._mosaic.invalidate()
        self._ask_for_tiles()
        self._ask_for_support()
        self._pace.ask()

    def _take_in(self, old: AppState, new: AppState) -> None:
        """Bring what is computed once up to date, and ask for what is now missing."""
        moved = not same_plane(old, new)
        if moved:
            self._plane = new.plane
        if new.model is not old.model:
            self._mosaic.clear()
            self._fog.clear()
        elif moved:
            self._mosaic.invalidate()
        recoloured = (new.embedding, new.colour_by, new.shading) != (old.embedding, old.colour_by, old.shading)
        if recoloured:
            self._colours = colouring(new)
        if moved or recoloured or (new.hidden, new.selection) != (old.hidden, old.selection):
            self._see_cloud(new)
            self._ask_for_support()
        if moved or recoloured or (new.layers, new.tile_px, new.model, new.hidden, new.selection) != (
            old.layers, old.tile_px, old.model, old.hidden, old.selection
        ):  # fmt: skip
            self._look()
        elif new.view != old.view:
            self._travel()
        if new.view != old.view and not self._fog.suits(self.viewport()):
            self._ask_for_support()

    def _see_cloud(self, state: AppState) -> None:
        self._cloud_waits = False
        request = CloudRequest.of(state, self._plane, self._colours)
        self._points.ask(request)
        self._tell_sorting()
        self._legend.show_categories(None if request is None else self._colours, state.hidden)
        self._arrange()

    def _tell_sorting(self) -> None:
        embedding = self._store.state.embedding
        self.sorting.emit(0 if self._points.is_settled or embedding is None else len(embedding.mean))

    def _look(self) -> None:
        """Follow a change of what the layers show."""
        self._travel()
        self._redraw()

    def _travel(self) -> None:
        """Follow a change of what is in sight."""
        if not (self._ask_for_tiles() and self._mosaic.is_blank):
            self._turn()
        elif not self._blank.isActive():
            self._blank.start()

    def _turn(self) -> None:
        """Draw what is in sight now."""
        self._blank.stop()
        self._place_probe()
        self._picture.turn()
        self._update_all()

    def _ask_for_tiles(self) -> bool:
        """Ask for the tiles that are missing. Returns whether there are such."""
        state = self._store.state
        if state.model is None or self._plane is None or not state.layers.mosaic or not self.isVisible():
            return False
        data = state.model.config.data
        request = self._mosaic.look(self.viewport(), (data.image_size, data.image_size, data.channels), state.tile_px)
        if request is not None:
            self.tiles_wanted.emit(request, Lifted(self._plane, request.xy))
        return request is not None

    def _ask_for_support(self) -> None:
        if self._plane is None or self._cloud is None or not self.isVisible():
            return
        request = FogRequest.covering(self.viewport())
        self._fog.expect(request)
        if isinstance(self._plane, Projection):
            self.show_support(request, self._plane.support(request.xy))
        else:
            self.support_wanted.emit(request, Lifted(self._plane, request.xy))

    # Drawing

    def _redraw(self) -> None:
        self._pace.forget()
        if self._cloud_waits:
            self._see_cloud(self._store.state)
        self._picture.forget()
        self._turn()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers from their picture, then ring and probe over it."""
        ratio = self.devicePixelRatioF()
        picture = self._picture.kept(ratio)
        if picture is None:
            picture = self._picture.draw(Shown(self._store.state, self._plane, self._cloud), self.viewport(), ratio)
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.drawPixmap(0, 0, picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (ringed := self._image_position(self._hovered)) is not None:
            paint_ring(painter, ringed)
            embedding = self._store.state.embedding
            if self._hovered is not None and self._plane is not None and embedding is not None:
                paint_posterior(painter, self.viewport(), self._plane, embedding, self._hovered)
        if self._probe is not None:
            paint_probe(painter, self._probe)
        if self._stroke is not None:
            self._stroke.paint(painter)

    def _probe_position(self) -> QPointF | None:
        if self._plane is None:
            return None
        x, y = self._plane.project(self._store.state.point)
        return self.viewport().point(float(x), float(y))

    def _image_position(self, index: int | None) -> QPointF | None:
        embedding, plane = self._store.state.embedding, self._plane
        if index is None or self._cloud is None or embedding is None or plane is None or index >= len(embedding.mean):
            return None
        ((x, y),) = places_of(embedding.mean, plane, np.array([index], np.int32))
        return self.viewport().point(float(x), float(y))

    def _place_probe(self) -> None:
        """Draw the probe anew, where it was and where it is."""
        self._update_around(self._probe)
        self._probe = self._probe_position()
        self._update_around(self._probe)

    def _update_all(self) -> None:
        """Draw anew what isn't under the switches: Qt would draw each of them for every frame."""
        self.update(QRegion(self.rect()).subtracted(self._layer_bar.covered))

    def _update_around(self, place: QPointF | None) -> None:
        if place is not None:
            reach = QPoint(REACH_PX, REACH_PX)
            self.update(QRect(place.toPoint() - reach, place.toPoint() + reach))

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
        bottom = self.height() - 4 * theme.GRID
        left, right = 5 * theme.GRID, self.width() - theme.GRID
        self._layer_bar.set_room(self.width() - 2 * theme.GRID)
        bar = self._layer_bar.rect()
        self._layer_bar.move(right - bar.width(), bottom - bar.height())
        beside = right - bar.width() - left - theme.GRID
        self._legend.set_room(max(right - left, 120))
        above = self._legend.width() > beside
        legend_bottom = bottom - (bar.height() + theme.GRID // 2 if above else 0)
        self._legend.move(left, legend_bottom - self._legend.height())


def _is_shift(old: AppState, new: AppState) -> bool:
    """Whether all that changed is where the plane stands, in the dimensions that it doesn't show."""
    return not same_plane(old, new) and replace(old, probe=new.probe, original=new.original) == new
