"""The tool: three pages of boards that follow knobs, plane and training."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout

from vae_explorer.core.captions import dim_name
from vae_explorer.core.latent.board import Board, Cell
from vae_explorer.services.grid import Cells
from vae_explorer.services.planes import changes_to_dims
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.tools.grid.boards import (
    MOST_PAIRED,
    Boards,
    Page,
    cells_at,
    codes_of,
    embedding_of,
    pair_at,
    spot_of,
    words_of,
)
from vae_explorer.ui.tools.grid.controls import Controls
from vae_explorer.ui.widgets.axes import with_axis
from vae_explorer.ui.widgets.board_view import BoardView
from vae_explorer.ui.widgets.buttons import icon_button, toggle_button
from vae_explorer.ui.widgets.labels import ElidedLabel
from vae_explorer.ui.widgets.save_dialog import SaveImageDialog
from vae_explorer.ui.widgets.scrolled import scrolled

LEAST_ROW_PX: Final = 24
"""Rows don't become lower: many of them scroll."""


@tools.register
class GridTool(Tool):
    """Grid, all pairs, and traversals."""

    name = "grid"
    title = "Grid"
    summary = "Two dimensions as a mosaic while the others are held at their knobs; all pairs; each one by itself."
    shortcut = "Ctrl+G"
    preferred_width = 520

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._boards = Boards()
        self._page = Page.PLANE
        self._board: Board | None = None
        """The newest board of the page on show, and the codes that were asked for."""
        self._codes: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self.controls = Controls()
        self.views = {
            Page.PLANE: BoardView(),
            Page.PAIRS: BoardView(by_block=True),
            Page.ROWS: BoardView(least_px=LEAST_ROW_PX),
        }
        self.switches = {page: toggle_button(*words) for page, words in self._page_words().items()}
        self.save = icon_button("save", self.tr("Save as a picture, with the axes named…"), "grid_save")
        self._says = ElidedLabel(role="muted")
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.show_page(Page.PLANE)

    @property
    def page(self) -> Page:
        """What is on show."""
        return self._page

    @property
    def board(self) -> Board | None:
        """The newest board of the page on show."""
        return self._board

    @property
    def says(self) -> str:
        """The line below the images."""
        return self._says.text()

    def show_page(self, page: Page) -> None:
        """Turn to a page."""
        self._page = page
        self.switches[page].setChecked(True)
        self.controls.set_page(page)
        self._stack.setCurrentIndex(list(self.views).index(page))
        self._refresh(anew=True)

    def _page_words(self) -> dict[Page, tuple[str, str, str]]:
        return {
            Page.PLANE: (self.tr("Grid"), self.tr("The plane's dimensions; the others stay put"), "grid_plane"),
            Page.PAIRS: (self.tr("All pairs"), self.tr("Small mosaics of every pair of dimensions"), "grid_pairs"),
            Page.ROWS: (self.tr("Traversals"), self.tr("A row for each dimension, by what it carries"), "grid_rows"),
        }  # fmt: skip

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(theme.GRID // 2)
        for page, button in self.switches.items():
            group.addButton(button)
            head.addWidget(button)
            self._stack.addWidget(scrolled(self.views[page]) if page is Page.ROWS else self.views[page])
            self.views[page].setObjectName(f"grid_board_{page.value}")
            self.views[page].setAccessibleName(button.toolTip())
        head.addStretch(1)
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(self.controls)
        column.addWidget(self._stack, stretch=1)
        column.addWidget(self._says)

    def _connect(self) -> None:
        session, grid = self.session, self.session.grid
        session.store.changed.connect(self._on_changed)
        grid.decoded.connect(self._on_decoded)
        grid.outdated.connect(lambda: self._refresh(anew=True))
        grid.saved.connect(lambda path: self.noted.emit(self.tr("Saved to {0}").format(path)))
        self.seen_changed.connect(lambda _seen: self._refresh(anew=True))
        self.controls.changed.connect(self._refresh)
        self.controls.axis_chosen.connect(self._on_axis_chosen)
        self.save.clicked.connect(self._on_save)
        for page, view in self.views.items():
            self.switches[page].clicked.connect(lambda _checked, page=page: self.show_page(page))
            view.chosen.connect(self._on_chosen)
            view.hovered.connect(self._say)
            view.resolution_changed.connect(lambda: self._refresh(anew=True))

    # What is shown

    def _refresh(self, *, anew: bool = False) -> None:
        """Bring the page up to date: ask for its images where they are others, or all of them `anew`."""
        state = self.session.store.state
        there = state.model is not None and bool(state.probe)
        self.setEnabled(there)
        if not there or not self.is_seen:
            self._say(None)
            return
        self.switches[Page.PAIRS].setEnabled(len(state.probe) > 1)
        if len(state.probe) == 1 and self._page is Page.PAIRS:
            self.show_page(Page.PLANE)
            return
        self.controls.set_dims(state.offered_dims, state.plane_dims)
        self._boards.is_training = self.session.training.running
        board = self._board = self._boards.board(self._page, self.controls.choice(), state)
        codes = codes_of(board, state)
        self._view.show_board(board, words_of(state))
        if anew or not np.array_equal(codes, self._codes):
            self._codes = codes
            self.session.grid.ask(self._key(board, state), codes)
        self._mark(state)
        self._say(self._view.hot)

    @property
    def _view(self) -> BoardView:
        return self.views[self._page]

    def _key(self, board: Board, state: AppState) -> object:
        """Return what must stay the same for images to take the place of those that are there."""
        return state.model, self._page, board.block_shape, len(board.blocks)

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self._codes = np.zeros((0, 0), np.float32)
            for view in self.views.values():
                view.clear()
        if (new.model, new.embedding, new.probe, new.plane_dims) != (
            old.model, old.embedding, old.probe, old.plane_dims,
        ):  # fmt: skip
            self._refresh()

    def _on_decoded(self, cells: Cells) -> None:
        state = self.session.store.state
        if self._board is not None and cells.page == self._key(self._board, state):
            self._view.put(cells.numbers, cells.pixels)
            if cells.is_complete:
                self._mark(state)

    def _mark(self, state: AppState) -> None:
        """Show where the probe stands, or which pair is the plane's."""
        board = self._board
        if board is None or self._view.board is not board:
            return
        if self._page is Page.PLANE:
            self._view.mark(spot=spot_of(board, state.probe))
        elif self._page is Page.PAIRS:
            self._view.mark(pair_at(board, state.plane_dims))
        else:
            self._view.mark(cells_at(board, state.probe))

    # What the person does

    def _on_axis_chosen(self, axis: int, dim: int) -> None:
        store = self.session.store
        store.update(**changes_to_dims(*with_axis(store.state.plane_dims, axis, dim)))
        self._refresh()

    def _on_chosen(self, cell: Cell) -> None:
        board, store = self._view.board, self.session.store
        if board is None:
            return
        block = board.blocks[cell.block]
        if self._page is Page.PAIRS and block.up is not None:
            store.update(**changes_to_dims(block.across.dim, block.up.dim))
            self.show_page(Page.PLANE)
        else:
            code = codes_of(board, store.state)[board.number(cell)]
            store.update(probe=tuple(map(float, code)), original=None)

    def _on_save(self) -> None:
        board, state = self._board, self.session.store.state
        path = None if board is None else SaveImageDialog.ask(self, f"{self._page.value}.png")
        if board is not None and path is not None:
            self.session.grid.save(board, words_of(state), path)

    # What it says

    def _say(self, cell: Cell | None) -> None:
        board, state = self._view.board, self.session.store.state
        if cell is None or board is None:
            self._says.setText(self._hint(state))
            return
        block, code = board.blocks[cell.block], codes_of(board, state)[board.number(cell)]
        if self._page is Page.PAIRS and block.up is not None:
            text = self.tr("{0} across and {1} up: click to lay them on the plane.")
            self._says.setText(text.format(dim_name(block.across.dim), dim_name(block.up.dim)))
            return
        dims = [axis.dim for axis in (block.across, block.up) if axis is not None]
        here = ", ".join(f"{dim_name(dim)} {code[dim]:.2f}" for dim in dims)
        self._says.setText(self.tr("{0}  ·  code {1}").format(here, ", ".join(f"{value:.2f}" for value in code)))

    def _hint(self, state: AppState) -> str:
        if state.model is None:
            return self.tr("Open a model or train one: this shows what it decodes.")
        if self._page is Page.PLANE:
            return self.tr("Click an image to take the probe there.")
        if self._page is Page.PAIRS and len(state.probe) <= MOST_PAIRED:
            return self.tr("Click a pair to lay it on the plane.")
        if self._page is Page.PAIRS:
            text = self.tr("The {0} of {1} dimensions that carry most. Click a pair to lay it on the plane.")
            return text.format(MOST_PAIRED, len(state.probe))
        return self._hint_on_rows(state)

    def _hint_on_rows(self, state: AppState) -> str:
        embedding = embedding_of(state)
        if embedding is None:
            return self.tr("By number: images would tell what each carries.")
        ranking = embedding.ranking
        if ranking.measure == "variance":
            return self.tr("By the variance of the codes: an autoencoder has no KL.")
        if any(ranking.is_collapsed(dim) for dim in state.offered_dims):
            return self.tr("By KL. Grey: collapsed, below 0.01 nats, so it says nothing of the image.")
        return self.tr("By KL: how much each dimension says of the image.")
