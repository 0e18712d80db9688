from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.views.plane.planes import (
    Asked,
    MakeState,
)
from vae_explorer.services.state import Store
from vae_explorer.ui.views.plane import PlaneView


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(dims=3))


@pytest.fixture
def plane(store: Store, qtbot: QtBot) -> PlaneView:
    plane = PlaneView(store)
    qtbot.addWidget(plane)
    plane.resize(480, 360)
    plane.show()
    return plane


@pytest.fixture
def asked(plane: PlaneView) -> Asked:
    return Asked(plane)
