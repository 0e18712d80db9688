"""Codes laid out by UMAP in the window, with a stand-in for the process that computes it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.windows import HERE, LEFT, shows
from vae_explorer.services.state import AppState
from vae_explorer.ui.main_window import MainWindow

SPREAD_OUT = """
import sys
import numpy as np
codes = np.load(sys.argv[1])
np.save(sys.argv[2], np.column_stack([np.arange(len(codes)), np.zeros(len(codes))]).astype(np.float32))
"""


def use(window: MainWindow, tmp_path: Path, lines: str) -> None:
    script = tmp_path / "layout.py"
    script.write_text(lines)
    window.travel._projecting._command = (sys.executable, str(script))


@pytest.fixture
def laid_out(shown: MainWindow, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """The window with its codes laid out in a row, in the order of the images."""
    use(shown, tmp_path, SPREAD_OUT)
    shown.actions_.umap.trigger()
    qtbot.waitUntil(lambda: state_of(shown).projection is not None)
    return shown


def state_of(window: MainWindow) -> AppState:
    return window.session.store.state


def test_a_click_goes_to_the_code_of_the_nearest_image_and_says_so(
    laid_out: MainWindow, trained: Path, qtbot: QtBot
) -> None:
    assert "nearest image" in laid_out.notice.text()
    assert state_of(laid_out).axis_names == ("UMAP 1", "UMAP 2")
    place = laid_out.plane.viewport().point(4.2, 0.1).toPoint()
    QTest.mouseClick(laid_out.plane, LEFT, pos=place)
    embedding = state_of(laid_out).embedding
    assert embedding is not None
    assert state_of(laid_out).probe == embedding.code(4)
    qtbot.waitUntil(lambda: laid_out.plane.mosaic_complete and shows(laid_out, trained))


def test_every_image_stands_where_it_is_laid_out(laid_out: MainWindow) -> None:
    place = laid_out.plane.viewport().point(7.0, 0.0)
    assert laid_out.plane.image_at(QPointF(place)) == 7
    assert laid_out.plane.rect().contains(laid_out.plane.viewport().point(0, 0).toPoint())


def test_turning_a_knob_moves_no_point_and_an_axis_goes_back_to_the_plane(laid_out: MainWindow) -> None:
    epoch = laid_out.plane.mosaic_epoch
    laid_out.session.store.update(probe=(0.3, 0.1, -0.2))
    assert laid_out.plane.mosaic_epoch == epoch
    laid_out.knobs.knobs[0].axes[0].click()
    assert state_of(laid_out).projection is None
    laid_out.actions_.undo.trigger()
    assert state_of(laid_out).projection is not None


def test_codes_that_move_on_leave_the_layout(laid_out: MainWindow, qtbot: QtBot) -> None:
    images = state_of(laid_out).images
    assert images is not None
    with qtbot.waitSignal(laid_out.session.embedding.embedded):
        laid_out.session._images.encode(images)
    assert state_of(laid_out).projection is None
    laid_out.session.store.update(smooth=True)
    laid_out.session.undo.go_to(0)
    laid_out.session.undo.go_to(1)
    assert state_of(laid_out).projection is None, "it isn't done again for codes that have moved"


def test_a_layout_of_codes_that_are_gone_is_dropped(shown: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    use(shown, tmp_path, SPREAD_OUT)
    embedding = state_of(shown).embedding
    assert embedding is not None
    shown.travel._projecting.project(np.array(embedding.mean))
    qtbot.waitUntil(lambda: "its layout is dropped" in shown.notice.text())
    assert state_of(shown).projection is None


def test_without_umap_the_window_says_how_to_install_it(shown: MainWindow, qtbot: QtBot) -> None:
    blocked = "import sys; sys.modules['umap'] = None; from vae_explorer.core.latent.projection import main; "
    shown.travel._projecting._command = (sys.executable, "-c", blocked + "sys.exit(main(sys.argv[1:]))")
    shown.actions_.umap.trigger()
    qtbot.waitUntil(lambda: "UMAP isn't installed" in shown.notice.text())


def test_closing_the_window_ends_a_layout(shown: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    begun = tmp_path / "begun"
    use(shown, tmp_path, f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(3600)\n")
    shown.actions_.umap.trigger()
    qtbot.waitUntil(begun.exists)
    shown.close()


def test_the_other_kinds_of_plane_leave_the_layout(laid_out: MainWindow) -> None:
    laid_out.actions_.principal.trigger()
    assert state_of(laid_out).projection is None
    assert state_of(laid_out).directions is not None
    QTest.mouseClick(laid_out.plane, LEFT, pos=HERE)
