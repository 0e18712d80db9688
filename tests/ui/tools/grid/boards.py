"""What the tests of the tool share: a decoder whose images tell their codes, and what is seen and done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from vae_explorer.core.latent.board import Cell
from vae_explorer.services.state import AppState, Embedding
from vae_explorer.ui.tools.grid import GridTool
from vae_explorer.ui.tools.grid.boards import Page
from vae_explorer.ui.widgets.board_view import BoardView
from vae_explorer.ui.widgets.choice_box import ChoiceBox

MakeState = Callable[..., AppState]
MakeTool = Callable[..., GridTool]
LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 1000 * PATIENCE_S


class Weighing:
    """Decodes a code to a grey that is a weighted sum of its numbers."""

    def __init__(self, level: int = 120, before: Callable[[], None] = lambda: None) -> None:
        self.codes = 0
        self.before = before
        self._level = level

    def grey(self, codes: NDArray[np.float32]) -> NDArray[np.uint8]:
        weights = np.array([20, 8, 3, 1] + [0.2] * 60)[: codes.shape[-1]]
        return np.asarray(np.clip(np.round(self._level + codes @ weights), 0, 255), np.uint8)

    threads = 1

    def decode(self, codes: NDArray[np.float32], labels: NDArray[np.int64] | int) -> NDArray[np.uint8]:
        if len(codes) > 1:
            self.before()
            self.codes += len(codes)
        return np.tile(self.grey(codes)[:, None, None, None], (1, 4, 4, 1))

    def swap(self, weights: Mapping[str, Any]) -> None:
        self._level = weights["level"]


def view_of(tool: GridTool) -> BoardView:
    return tool.views[tool.page]


def wait(tool: GridTool, qtbot: QtBot) -> None:
    """Wait until every cell shows what it should."""
    qtbot.waitUntil(
        lambda: view_of(tool).board is tool.board and view_of(tool).is_complete and tool.session.grid.is_complete,
        timeout=PATIENCE_MS,
    )


def shows(tool: GridTool, decoder: Weighing) -> bool:
    """Whether every cell looks like the code that belongs there."""
    view, board = view_of(tool), tool.board
    assert board is not None
    view.mark()
    picture = view.grab().toImage()
    found = [picture.pixelColor(view.rect_of(board.cell(n)).center().toPoint()).red() for n in range(len(board))]
    return bool(found == decoder.grey(board.codes(tool.session.store.state.probe)).tolist())


def click(tool: GridTool, cell: Cell) -> None:
    view = view_of(tool)
    QTest.mouseClick(view, LEFT, pos=view.rect_of(cell).center().toPoint())


def turn_to(tool: GridTool, page: Page, qtbot: QtBot) -> None:
    QTest.mouseClick(tool.switches[page], LEFT)
    wait(tool, qtbot)


def choose(box: ChoiceBox, value: object) -> None:
    box.set_value(value)
    box.activated.emit(box.currentIndex())


def ticks(tool: GridTool, block: int = 0) -> list[float]:
    assert tool.board is not None
    return [float(tick) for tick in tool.board.blocks[block].across.ticks]


def with_kl(state: AppState, nats: list[float]) -> Embedding:
    """An embedding whose dimensions carry so much: means are 0, and the variance is e^s with e^s − 1 − s = 2·KL."""
    assert state.embedding is not None
    guess = np.zeros(len(nats))
    for _ in range(60):
        guess = -1 - 2 * np.array(nats) + np.exp(guess)  # converges to the negative solution
    mean = np.zeros_like(state.embedding.mean)
    return replace(state.embedding, mean=mean, log_var=np.tile(guess, (len(mean), 1)).astype(np.float32))


def rows(tool: GridTool) -> list[int]:
    assert tool.board is not None
    return [block.across.dim for block in tool.board.blocks]
