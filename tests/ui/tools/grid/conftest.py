"""The tool with a real session, whose decoder is a fake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from tests.ui.tools.grid.boards import (
    MakeState,
    MakeTool,
    Weighing,
    wait,
)
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import Store
from vae_explorer.ui.tools.grid import GridTool


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def decoder() -> Weighing:
    return Weighing()


@pytest.fixture
def make_tool(make_state: MakeState, decoder: Weighing, qtbot: QtBot) -> Iterator[MakeTool]:
    """Return a function that opens the tool on a model of D dimensions."""
    sessions: list[Session] = []

    def make(dims: int = 4, *, seen: bool = True, **changes: Any) -> GridTool:
        session = Session(Store(replace(make_state(dims), **changes)), SettingsFile())
        sessions.append(session)
        session.decoding.use(decoder)
        tool = GridTool(session)
        qtbot.addWidget(tool)
        tool.resize(520, 640)
        tool.show()
        if seen:
            tool.set_seen(True)
            wait(tool, qtbot)
        return tool

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def tool(make_tool: MakeTool) -> GridTool:
    return make_tool()
