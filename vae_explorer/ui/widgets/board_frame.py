"""Where a board's images and words lie in a widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from vae_explorer.core.captions import Captions, Mark, Words, captions_of, that_fit
from vae_explorer.core.latent.board import Board, Cell, Layout
from vae_explorer.ui import theme

_GAP: Final = 4
"""Pixels between blocks, and between words and images."""


@dataclass(frozen=True, eq=False)
class BoardFrame:
    """A board laid out in a widget of a certain size."""

    layout: Layout
    captions: Captions
    body: QRectF
    """Where the images are."""
    least_height: float
    """Pixels that the widget needs for its cells not to become smaller than was asked."""
    loupe: QRectF | None
    """A square in the empty corner over a triangle of blocks, to show one of them large; None where there is none."""

    @classmethod
    def fitting(cls, board: Board, words: Words, width: float, height: float, least_px: int = 2) -> BoardFrame:
        """Make the cells as large as there is room; for `least_px` they take more height than there is."""
        (rows, columns), (high, wide) = board.shape, board.block_shape
        gap = _GAP if len(board.blocks) > 1 else 0
        left, right, below = _room(captions_of(Layout(board, 1, 0), words))
        across = (width - left - right - (columns - 1) * gap) / (columns * wide)
        least = min(across, least_px)
        around = theme.GRID + below + (rows - 1) * gap
        up = (height - around) / (rows * high)
        cell = max(int(min(across, max(up, least))), 2)
        layout = Layout(board, cell, gap)
        x = left + max(0, width - left - right - layout.size[0]) // 2
        body = QRectF(x, theme.GRID, *layout.size)
        return cls(layout, captions_of(layout, words), body, around + rows * high * int(least), _loupe(layout, body))

    def rect_of(self, cell: Cell) -> QRectF:
        """Return where a cell is painted."""
        left, top = self.layout.corner(cell)
        return QRectF(self.body.x() + left, self.body.y() + top, self.layout.cell, self.layout.cell)

    def block_rect(self, number: int) -> QRectF:
        """Return where a block is painted."""
        return QRectF(*self.layout.block(number)).translated(self.body.topLeft())

    def place(self, column: float, row: float) -> QPointF:
        """Return a place in the first block; whole numbers are the centres of cells."""
        return self.body.topLeft() + QPointF(column + 0.5, row + 0.5) * self.layout.cell

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell at a position in the widget."""
        place = position - self.body.topLeft()
        return self.layout.at(place.x(), place.y())

    def beside(self, cell: Cell | None, down: int, across: int, *, by_block: bool) -> Cell:
        """Return the cell so many cells or blocks farther; the same one where the board ends there."""
        if cell is None:
            return Cell(0, 0, 0)
        board = self.layout.board
        rows, columns = board.block_shape
        blocks = {block.place: number for number, block in enumerate(board.blocks)}
        row, column = board.blocks[cell.block].place
        if by_block:
            return Cell(blocks.get((row + down, column + across), cell.block), cell.row, cell.column)
        block_down, new_row = divmod(cell.row + down, rows)
        block_across, new_column = divmod(cell.column + across, columns)
        block = blocks.get((row + block_down, column + block_across))
        return cell if block is None else Cell(block, new_row, new_column)

    def paint_words(self, painter: QPainter) -> None:
        """Write the names and coordinates around the images."""
        painter.setFont(theme.font(theme.SMALL_PT))
        line = painter.fontMetrics().height()
        self._paint_below(painter, line)
        self._paint_left(painter, line)

    def paint_loupe_words(self, painter: QPainter, words: Words, number: int) -> None:
        """Write the dimensions of the block that is shown large."""
        block = self.layout.board.blocks[number]
        if self.loupe is None or block.up is None:
            return
        painter.setFont(theme.font(theme.SMALL_PT))
        area = QRectF(self.loupe.x(), self.loupe.bottom() + _GAP, self.loupe.width(), painter.fontMetrics().height())
        text = f"{words.name(block.across.dim)} →   {words.name(block.up.dim)} ↑"
        _write(painter, area, Qt.AlignmentFlag.AlignCenter, text, theme.TEXT)

    def _paint_below(self, painter: QPainter, line: float) -> None:
        captions, top = self.captions, self.body.bottom() + _GAP
        widest = max((_metrics().horizontalAdvance(mark.lines[0]) for mark in captions.below), default=0)
        for mark in that_fit(captions.below, widest + theme.GRID):
            area = QRectF(self.body.x() + mark.centre - widest, top, 2 * widest, line)
            _write(painter, area, Qt.AlignmentFlag.AlignCenter, mark.lines[0], _colour(mark))
        if captions.below_name:
            area = QRectF(self.body.x(), top + line, self.body.width(), line + _GAP)
            _write(painter, area, Qt.AlignmentFlag.AlignCenter, captions.below_name, theme.TEXT)

    def _paint_left(self, painter: QPainter, line: float) -> None:
        captions, right = self.captions, self.body.x() - theme.GRID
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        pitch = self.layout.board.block_shape[0] * self.layout.cell + self.layout.gap
        for mark in that_fit(captions.left, line):
            lines = mark.lines if pitch >= line * len(mark.lines) else mark.lines[:1]
            for place, text in enumerate(lines):
                middle = self.body.y() + mark.centre + (place - (len(lines) - 1) / 2) * line
                colour = theme.FAINT if place else _colour(mark)
                _write(painter, QRectF(0, middle - line / 2, right, line), align, text, colour)
        if captions.left_name:
            self._paint_left_name(painter, line)

    def _paint_left_name(self, painter: QPainter, line: float) -> None:
        words = max((_metrics().horizontalAdvance(mark.lines[0]) for mark in self.captions.left), default=0)
        painter.save()
        painter.translate(self.body.x() - theme.GRID - words - _GAP - line / 2, self.body.center().y())
        painter.rotate(-90)
        area = QRectF(-self.body.height() / 2, -line / 2, self.body.height(), line)
        _write(painter, area, Qt.AlignmentFlag.AlignCenter, self.captions.left_name, theme.TEXT)
        painter.restore()


def _room(captions: Captions) -> tuple[float, float, float]:
    """Return the pixels that words take on the left, on the right and below."""
    metrics = _metrics()
    line = metrics.height()
    words = max((metrics.horizontalAdvance(text) for mark in captions.left for text in mark.lines), default=0)
    left = words + theme.GRID + (line + _GAP if captions.left_name else 0) + theme.GRID
    right = max((metrics.horizontalAdvance(mark.lines[0]) / 2 for mark in captions.below[-1:]), default=0)
    below = (line + _GAP if captions.below else 0) + (line + _GAP if captions.below_name else 0)
    return left, max(right, theme.GRID), below + theme.GRID


def _loupe(layout: Layout, body: QRectF) -> QRectF | None:
    columns = layout.board.shape[1]
    over = columns // 2  # so many blocks in each of so many rows lie beyond the triangle
    if len(layout.board.blocks) != columns * (columns + 1) // 2 or over < 2:
        return None
    side = over * (layout.block(0)[2] + layout.gap) - layout.gap
    return QRectF(body.right() - side, body.top(), side, side)


def _metrics() -> QFontMetricsF:
    return QFontMetricsF(theme.font(theme.SMALL_PT))


def _colour(mark: Mark) -> str:
    return theme.FAINT if mark.faint else theme.MUTED


def _write(painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str, colour: str) -> None:
    painter.setPen(QColor(colour))
    painter.drawText(area, align, text)
