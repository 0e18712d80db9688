"""The grid over the plane's two dimensions, and what all pages have in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.services.fakes import Gate
from tests.ui.tools.grid.boards import (
    LEFT,
    PATIENCE_MS,
    MakeState,
    MakeTool,
    Weighing,
    choose,
    click,
    shows,
    ticks,
    turn_to,
    view_of,
    wait,
)
from vae_explorer.core.latent.board import Cell
from vae_explorer.ui.tools.grid import GridTool
from vae_explorer.ui.tools.grid.boards import Page
from vae_explorer.ui.widgets.save_dialog import SaveImageDialog


def test_the_grid_shows_the_planes_dimensions(tool: GridTool, decoder: Weighing) -> None:
    assert tool.board is not None
    assert len(tool.board) == 100
    assert ticks(tool) == pytest.approx(np.linspace(-2, 2, 10))
    assert shows(tool, decoder)


def test_it_follows_a_knob_that_moves(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    for value in (0.5, 4.0, -7.5):
        tool.session.store.update(probe=(0.0, 0.0, value, 1.0))
        wait(tool, qtbot)
        assert shows(tool, decoder)


def test_it_follows_a_storm_of_moves_to_the_last(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    for step in range(200):
        tool.session.store.update(probe=(0.0, 0.0, step / 20, 1.0))
    wait(tool, qtbot)
    assert shows(tool, decoder)
    assert decoder.codes < 100 * 100


def test_moving_on_the_plane_decodes_nothing_anew(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    before = decoder.codes
    tool.session.store.update(probe=(1.0, -1.0, 0.0, 0.0))
    with qtbot.waitSignal(tool.session.decoding.decoded, timeout=PATIENCE_MS):  # of the probe
        tool.session.store.update(probe=(1.5, -1.0, 0.0, 0.0))
    assert decoder.codes == before


def test_it_follows_the_plane_and_the_plane_follows_it(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    store = tool.session.store
    store.update(plane_dims=(3, 1))
    assert [box.value() for box in tool.controls.axes] == [3, 1]
    wait(tool, qtbot)
    assert shows(tool, decoder)
    choose(tool.controls.axes[1], 2)
    assert store.state.plane_dims == (3, 2)
    choose(tool.controls.axes[0], 2)
    assert store.state.plane_dims == (2, 3)
    wait(tool, qtbot)
    assert shows(tool, decoder)


def test_a_click_takes_the_probe_to_the_code_of_that_cell(tool: GridTool, qtbot: QtBot) -> None:
    tool.session.store.update(probe=(0.0, 0.0, 0.25, -1.0), original=3)
    wait(tool, qtbot)
    click(tool, Cell(0, 2, 9))
    state = tool.session.store.state
    assert state.probe == pytest.approx((2, 2 - 2 * 4 / 9, 0.25, -1))
    assert state.original is None


def test_hovering_tells_the_code(tool: GridTool) -> None:
    view = view_of(tool)
    QTest.mouseMove(view, view.rect_of(Cell(0, 9, 0)).center().toPoint())
    assert tool.says == "z1 -2.00, z2 -2.00  ·  code -2.00, -2.00, 0.00, 0.00"
    QTest.mouseMove(view, QPoint(1, 1))
    assert "Click an image" in tool.says


def test_ranges_and_spacing(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    controls = tool.controls
    choose(controls.range, 3.0)
    assert ticks(tool) == pytest.approx(np.linspace(-3, 3, 10))
    choose(controls.spacing, "quantile")
    assert np.diff(ticks(tool)).std() > 0.1
    choose(controls.spacing, "linear")
    choose(controls.range, "typed")
    assert controls.ends[0].isVisible()
    controls.ends[0].setValue(-1.5)
    controls.ends[1].setValue(4)
    assert (ticks(tool)[0], ticks(tool)[-1]) == (-1.5, 4)
    wait(tool, qtbot)
    assert shows(tool, decoder)
    choose(controls.range, "data")
    assert not controls.ends[0].isVisible()
    assert ticks(tool) == pytest.approx(np.linspace(-2, 2, 10))


def test_ends_that_are_typed_the_wrong_way_round_give_way(tool: GridTool) -> None:
    choose(tool.controls.range, "typed")
    tool.controls.ends[0].setValue(7)
    assert (ticks(tool)[0], ticks(tool)[-1]) == (7, 8)
    tool.controls.ends[1].setValue(-1)
    assert (ticks(tool)[0], ticks(tool)[-1]) == (-2, -1)


def test_another_number_of_images_shows_once_all_are_there(
    tool: GridTool, decoder: Weighing, gate: Gate, qtbot: QtBot
) -> None:
    decoder.before = gate
    before = tool.board
    tool.controls.steps.setValue(4)
    gate.wait_until_reached()
    assert view_of(tool).board is before
    gate.open()
    wait(tool, qtbot)
    assert tool.board is not None
    assert len(tool.board) == 16
    assert shows(tool, decoder)


def test_other_weights_are_followed(tool: GridTool, decoder: Weighing, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tool.session.decoding.weights_changed, timeout=PATIENCE_MS):
        tool.session.decoding.swap({"level": 60})
    tool.session.grid.weights_changed(sparing=False)  # as the session says of a model that it has loaded
    wait(tool, qtbot)
    assert decoder.grey(np.zeros((1, 4), np.float32)) == 60
    assert shows(tool, decoder)


def test_another_model_of_the_same_dimensions_is_asked_anew(
    tool: GridTool, make_state: MakeState, qtbot: QtBot
) -> None:
    other = Weighing(level=30)
    tool.session.decoding.use(other)
    tool.session.store.update(model=make_state(4).model)
    wait(tool, qtbot)
    assert shows(tool, other)


def test_a_model_of_other_dimensions(tool: GridTool, make_state: MakeState, qtbot: QtBot) -> None:
    other, two = Weighing(), make_state(2)
    tool.session.decoding.use(other)
    tool.session.store.update(model=two.model, embedding=None, probe=two.probe, plane_dims=(0, 1))
    wait(tool, qtbot)
    assert shows(tool, other)
    assert tool.controls.axes[0].count() == 2
    assert ticks(tool) == pytest.approx(np.linspace(-2.5, 2.5, 10))


def test_what_is_not_seen_is_not_decoded(make_tool: MakeTool, decoder: Weighing, qtbot: QtBot) -> None:
    tool = make_tool(seen=False)
    with qtbot.waitSignal(tool.session.decoding.decoded, timeout=PATIENCE_MS):  # of the probe
        tool.session.store.update(probe=(0.0, 0.0, 1.0, 0.0))
    assert decoder.codes == 0
    tool.set_seen(True)
    wait(tool, qtbot)
    assert shows(tool, decoder)
    tool.set_seen(False)
    before = decoder.codes
    with qtbot.waitSignal(tool.session.decoding.decoded, timeout=PATIENCE_MS):
        tool.session.store.update(probe=(0.0, 0.0, 2.0, 0.0))
    assert decoder.codes == before


def test_without_a_model_it_says_what_it_needs(make_tool: MakeTool) -> None:
    tool = make_tool(seen=False, model=None, probe=())
    tool.set_seen(True)
    assert not tool.isEnabled()
    assert tool.says.startswith("Open a model")


def test_one_dimension_is_a_row_and_has_no_pairs(make_tool: MakeTool, decoder: Weighing, qtbot: QtBot) -> None:
    tool = make_tool(1, plane_dims=(0, 0))
    assert tool.board is not None
    assert len(tool.board) == 10
    assert shows(tool, decoder)
    assert not tool.switches[Page.PAIRS].isEnabled()
    turn_to(tool, Page.ROWS, qtbot)
    assert shows(tool, decoder)


def test_from_pairs_a_model_without_any_leads_back(tool: GridTool, make_state: MakeState, qtbot: QtBot) -> None:
    turn_to(tool, Page.PAIRS, qtbot)
    one = make_state(1)
    tool.session.decoding.use(Weighing())
    tool.session.store.update(model=one.model, embedding=None, probe=one.probe, plane_dims=(0, 0))
    assert tool.page is Page.PLANE


def test_a_picture_is_saved_with_its_axes(
    tool: GridTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(SaveImageDialog, "ask", lambda *_: tmp_path / "grid.png")
    with qtbot.waitSignal(tool.noted, timeout=PATIENCE_MS) as noted:
        QTest.mouseClick(tool.save, LEFT)
    assert noted.args == [f"Saved to {tmp_path / 'grid.png'}"]
    with Image.open(tmp_path / "grid.png") as picture:
        width, height = picture.size
    # 10 × 4 pixels, enlarged to at least 480; words on the left and below, a margin around.
    assert 480 + 50 < width < 480 + 120
    assert 480 + 50 < height < 480 + 90


def test_changing_ones_mind_saves_nothing(tool: GridTool, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(SaveImageDialog, "ask", lambda *_: None)
    with qtbot.assertNotEmitted(tool.noted):
        QTest.mouseClick(tool.save, LEFT)
