"""A board of decoded images with its dimensions named, to look at, hover and click."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.core.captions import Words
from vae_explorer.core.latent.board import Board, Cell
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.board_frame import BoardFrame
from vae_explorer.ui.widgets.board_pixels import BoardPixels

SPOT_PX: Final = 5

MORE_DETAIL: Final = 1.4
"""Cells that have grown by more than this since their images were reduced want more of them."""


class BoardView(QWidget):
    """Paints a board as large as there is room. Images stay until others take their place, so that nothing flickers.

    `by_block`: what is pointed at and chosen is a whole block; it is shown large, too, where there is an empty corner.
    `least_px`: cells don't become smaller; whoever places the view lets it scroll then.
    """

    hovered = Signal(object)
    """The `Cell` under the mouse or chosen by arrow keys, or None."""
    chosen = Signal(object)
    """The `Cell` that was clicked, or on which Enter was pressed."""
    resolution_changed = Signal()
    """Cells became so much larger that they are wanted anew, to be shown in full."""

    def __init__(self, *, by_block: bool = False, least_px: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_block = by_block
        self._least_px = least_px
        self._shown: BoardPixels | None = None
        self._coming: BoardPixels | None = None
        self._words = Words({})
        self._frame: BoardFrame | None = None
        self._cell_px = 1.0
        """Device pixels that a cell of the newest board takes."""
        self._hot: Cell | None = None
        self._ringed: tuple[Cell, ...] = ()
        self._spot: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def board(self) -> Board | None:
        """The board that is on show."""
        return None if self._shown is None else self._shown.board

    @property
    def frame(self) -> BoardFrame | None:
        """Where everything is painted."""
        return self._frame

    @property
    def hot(self) -> Cell | None:
        """The cell that is pointed at."""
        return self._hot

    @property
    def is_complete(self) -> bool:
        """Whether the board that was asked for is on show, every cell of it."""
        return self._coming is None and self._shown is not None and self._shown.is_complete

    def show_board(self, board: Board, words: Words) -> None:
        """Show another board: at once where the images of the one before can stay, else when all of its own are there.

        `put` brings them.
        """
        newest = self._coming or self._shown
        if newest is not None and newest.board is board and words == self._words:
            return
        self._words = words
        if newest is None or not newest.takes(board):
            newest = BoardPixels(board)
            self._coming = newest
        newest.board = board
        if self._shown is None or self._shown.is_empty:
            self._turn_to(newest)
        self._place()

    def put(self, numbers: NDArray[np.int64], images: NDArray[np.uint8]) -> None:
        """Fill in images (n, H, W, C) of the board that was shown last, by the numbers of their cells."""
        newest = self._coming or self._shown
        if newest is None:
            return
        was_empty = newest.is_empty
        newest.put(numbers, images, self._cell_px)
        if newest is self._coming and newest.is_complete:
            self._turn_to(newest)
            self._place()
        elif newest is self._shown:
            self._update_rows(np.arange(len(newest.board)) if was_empty else numbers)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = self._coming = self._frame = None
        self._set_hot(None)
        self.update()

    def mark(self, cells: tuple[Cell, ...] = (), spot: tuple[float, float] | None = None) -> None:
        """Ring cells (or their blocks), and mark a place of the first block by column and row, fractions too."""
        if (cells, spot) != (self._ringed, self._spot):
            self._ringed, self._spot = cells, spot
            self.update()

    def rect_of(self, cell: Cell) -> QRectF:
        """Return where a cell of the board on show is painted."""
        return QRectF() if self._frame is None else self._frame.rect_of(cell)

    # Qt

    def sizeHint(self) -> QSize:
        """Qt: the size it would like."""
        return QSize(440, 440)

    def minimumSizeHint(self) -> QSize:
        """Qt: the least that can be used."""
        return QSize(200, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: lay out anew."""
        super().resizeEvent(event)
        self._place()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: ring what is under the mouse."""
        self._set_hot(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: nothing is under the mouse."""
        super().leaveEvent(event)
        self._set_hot(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: the keyboard went elsewhere."""
        super().focusOutEvent(event)
        if not self.underMouse():
            self._set_hot(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: choose what is under the mouse."""
        cell = self._cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.chosen.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows go from cell to cell, Enter or Space chooses."""
        key = Qt.Key
        steps = {key.Key_Left: (0, -1), key.Key_Right: (0, 1), key.Key_Up: (-1, 0), key.Key_Down: (1, 0)}
        if event.key() in steps and self._frame is not None:
            down, across = steps[key(event.key())]
            self._set_hot(self._frame.beside(self._hot, down, across, by_block=self._by_block))
        elif event.key() in (key.Key_Return, key.Key_Enter, key.Key_Space) and self._hot is not None:
            self.chosen.emit(self._hot)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: paint."""
        shown, frame = self._shown, self._frame
        if shown is None or frame is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for block in range(len(shown.board.blocks)):
            area = frame.block_rect(block)
            if QRectF(event.rect()).intersects(area):
                self._paint_block(painter, shown, block, area)
        if not frame.body.toAlignedRect().contains(event.rect()):
            frame.paint_words(painter)
        pointed = self._hot or next(iter(self._ringed), None)
        if self._by_block and frame.loupe is not None and pointed is not None:
            self._paint_block(painter, shown, pointed.block, frame.loupe)
            frame.paint_loupe_words(painter, self._words, pointed.block)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter, frame)

    def _paint_block(self, painter: QPainter, shown: BoardPixels, block: int, area: QRectF) -> None:
        picture = shown.picture(block, (area.size() * self.devicePixelRatioF()).toSize())
        if picture is None:
            painter.fillRect(area, QColor(theme.BACKGROUND))
        else:
            painter.drawImage(area, picture)

    def _paint_marks(self, painter: QPainter, frame: BoardFrame) -> None:
        for cell in self._ringed:
            _paint_ring(painter, self._ring_of(frame, cell), QColor(theme.ACCENT))
        if self._hot is not None:
            _paint_ring(painter, self._ring_of(frame, self._hot), QColor(theme.TEXT))
        if self._spot is not None:
            _paint_spot(painter, frame.place(*self._spot))

    def _ring_of(self, frame: BoardFrame, cell: Cell) -> QRectF:
        return frame.block_rect(cell.block) if self._by_block else frame.rect_of(cell)

    def _turn_to(self, newest: BoardPixels) -> None:
        self._shown, self._coming = newest, None
        self._hot = None
        self._ringed, self._spot = (), None

    def _place(self) -> None:
        """Lay out anew."""
        if self._shown is None:
            return
        self._frame = self._fitting(self._shown)
        newest = self._frame if self._coming is None else self._fitting(self._coming)
        self._cell_px = self._largest_cell(newest) * self.devicePixelRatioF()
        self.setMinimumHeight(math.ceil(self._frame.least_height))
        reduced_px = self._shown.reduced_px
        if reduced_px is not None and self._cell_px > MORE_DETAIL * reduced_px:
            self._shown.reduced_px = None
            self.resolution_changed.emit()
        self.update()

    def _largest_cell(self, frame: BoardFrame) -> float:
        if not self._by_block or frame.loupe is None:
            return frame.layout.cell
        return frame.loupe.width() / frame.layout.board.block_shape[1]

    def _update_rows(self, numbers: NDArray[np.int64]) -> None:
        """Paint the rows of these cells and nothing else: images come in small lots, and painting all takes time."""
        if self._frame is None:
            return
        rows, columns = self._frame.layout.board.block_shape
        blocks, inside = np.divmod(numbers // columns, rows)
        for block in np.unique(blocks).tolist():
            touched = inside[blocks == block]
            first, last = (Cell(block, int(row), 0) for row in (touched.min(), touched.max()))
            area = self.rect_of(first).united(self.rect_of(last))
            area.setWidth(columns * self._frame.layout.cell)
            self.update(area.toAlignedRect())
        if self._by_block and self._frame.loupe is not None:
            self.update(self._frame.loupe.toAlignedRect())

    def _fitting(self, pixels: BoardPixels) -> BoardFrame:
        return BoardFrame.fitting(pixels.board, self._words, self.width(), self.height(), self._least_px)

    def _cell_at(self, position: QPointF) -> Cell | None:
        return None if self._frame is None else self._frame.cell_at(position)

    def _set_hot(self, cell: Cell | None) -> None:
        if cell != self._hot:
            self._hot = cell
            self.update()
            self.hovered.emit(cell)


def _paint_ring(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Draw a frame that stands out from any image."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ink, width in ((QColor(0, 0, 0, 160), 3.0), (colour, 1.5)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_spot(painter: QPainter, centre: QPointF) -> None:
    """Draw the probe as the plane does, smaller."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ink, width in ((QColor(0, 0, 0, 190), 4.0), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(ink, width))
        painter.drawEllipse(centre, SPOT_PX, SPOT_PX)
