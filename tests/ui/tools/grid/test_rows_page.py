"""The traversals."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.ui.tools.grid.boards import (
    MakeState,
    MakeTool,
    Weighing,
    click,
    rows,
    shows,
    ticks,
    turn_to,
    view_of,
    wait,
    with_kl,
)
from vae_explorer.core.latent.board import Cell
from vae_explorer.ui.tools.grid import GridTool
from vae_explorer.ui.tools.grid.boards import Page


def test_rows_come_by_kl_and_say_it(
    make_tool: MakeTool, make_state: MakeState, decoder: Weighing, qtbot: QtBot
) -> None:
    tool = make_tool(embedding=with_kl(make_state(4), [0.5, 2.25, 0.001, 1.0]))
    turn_to(tool, Page.ROWS, qtbot)
    assert rows(tool) == [1, 3, 0, 2]
    assert shows(tool, decoder)
    frame = view_of(tool).frame
    assert frame is not None
    marks = frame.captions.left
    assert [mark.lines[0] for mark in marks] == [
        "z2  2.25 nats", "z4  1.00 nats", "z1  0.50 nats", "z3  0.001 nats, collapsed",
    ]  # fmt: skip
    assert [mark.faint for mark in marks] == [False, False, False, True]
    assert "collapsed" in tool.says


def test_while_training_goes_on_rows_keep_their_places_unless_they_differ_clearly(
    make_tool: MakeTool, make_state: MakeState, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    state = make_state(3)
    tool = make_tool(3, embedding=with_kl(state, [1.0, 0.9, 0.8]))
    turn_to(tool, Page.ROWS, qtbot)
    monkeypatch.setattr(type(tool.session.training), "running", True)
    tool.session.store.update(embedding=with_kl(state, [0.9, 0.95, 0.8]))
    assert rows(tool) == [0, 1, 2]
    tool.session.store.update(embedding=with_kl(state, [0.5, 0.95, 0.8]))
    assert rows(tool) == [1, 2, 0]
    monkeypatch.setattr(type(tool.session.training), "running", False)
    tool.session.store.update(embedding=with_kl(state, [0.5, 0.95, 0.96]))
    assert rows(tool) == [2, 1, 0]


def test_an_autoencoders_rows_come_by_variance(tool: GridTool, qtbot: QtBot) -> None:
    turn_to(tool, Page.ROWS, qtbot)
    embedding = tool.session.store.state.embedding
    assert embedding is not None
    assert rows(tool) == np.argsort(-embedding.mean.var(axis=0)).tolist()
    assert "variance" in tool.says


def test_without_images_rows_come_by_number(make_tool: MakeTool, qtbot: QtBot) -> None:
    tool = make_tool(embedding=None)
    turn_to(tool, Page.ROWS, qtbot)
    assert rows(tool) == [0, 1, 2, 3]
    assert "By number" in tool.says


def test_a_click_in_a_row_moves_that_coordinate_alone(tool: GridTool, qtbot: QtBot) -> None:
    turn_to(tool, Page.ROWS, qtbot)
    tool.session.store.update(probe=(0.1, 0.2, 0.3, 0.4))
    wait(tool, qtbot)
    dim = rows(tool)[2]
    click(tool, Cell(2, 0, 0))
    expected = [0.1, 0.2, 0.3, 0.4]
    expected[dim] = -2
    assert tool.session.store.state.probe == pytest.approx(expected)


def test_many_rows_scroll(make_tool: MakeTool, decoder: Weighing, qtbot: QtBot) -> None:
    tool = make_tool(64)
    turn_to(tool, Page.ROWS, qtbot)
    assert len(rows(tool)) == 64
    assert view_of(tool).height() > tool.height()
    assert shows(tool, decoder)


def test_each_page_has_its_own_number_of_images(tool: GridTool, qtbot: QtBot) -> None:
    tool.controls.steps.setValue(6)
    turn_to(tool, Page.ROWS, qtbot)
    assert tool.controls.steps.value() == 11
    tool.controls.steps.setValue(3)
    turn_to(tool, Page.PLANE, qtbot)
    assert tool.controls.steps.value() == 6
    assert ticks(tool) == pytest.approx(np.linspace(-2, 2, 6))
