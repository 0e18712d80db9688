"""The mosaics of all pairs."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.ui.tools.grid.boards import (
    MakeState,
    MakeTool,
    Weighing,
    click,
    shows,
    turn_to,
    wait,
    with_kl,
)
from vae_explorer.core.latent.board import Cell
from vae_explorer.ui.tools.grid import GridTool
from vae_explorer.ui.tools.grid.boards import Page


def test_all_pairs_are_shown_and_one_click_lays_one_on_the_plane(
    tool: GridTool, decoder: Weighing, qtbot: QtBot
) -> None:
    turn_to(tool, Page.PAIRS, qtbot)
    assert tool.board is not None
    assert len(tool.board.blocks) == 6
    assert shows(tool, decoder)
    click(tool, Cell(4, 1, 1))
    assert tool.session.store.state.plane_dims == (1, 3)
    assert tool.page is Page.PLANE
    wait(tool, qtbot)
    assert shows(tool, decoder)


def test_pairs_follow_the_knobs(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    turn_to(tool, Page.PAIRS, qtbot)
    tool.session.store.update(probe=(0.0, 1.0, -3.0, 0.0))
    wait(tool, qtbot)
    assert shows(tool, decoder)


def test_of_many_dimensions_the_ten_that_carry_most_are_paired(
    make_tool: MakeTool, make_state: MakeState, qtbot: QtBot
) -> None:
    state = make_state(12)
    nats = [1.0] * 12
    nats[3] = nats[7] = 0.1
    tool = make_tool(12, embedding=with_kl(state, nats))
    turn_to(tool, Page.PAIRS, qtbot)
    assert tool.board is not None
    assert {block.across.dim for block in tool.board.blocks} == {0, 1, 2, 4, 5, 6, 8, 9, 10}
    assert len(tool.board.blocks) == 45
    assert "10 of 12 dimensions" in tool.says
