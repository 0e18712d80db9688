from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.conftest import MakeState
from vae_explorer.services.state import AppState
from vae_explorer.ui.views.plane import contours as contours_module
from vae_explorer.ui.views.plane.backdrop import CORNER_PX, EDGE_PX, NAME_PX
from vae_explorer.ui.views.plane.cloud import Cloud, CloudRequest
from vae_explorer.ui.views.plane.contours import COLOUR, Contours
from vae_explorer.ui.views.plane.scene import colouring
from vae_explorer.ui.views.plane.viewport import Viewport, home

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def state(make_state: MakeState) -> AppState:
    return make_state(dims=3, count=400)


Seen = tuple[CloudRequest, Cloud]


def see(contours: Contours, state: AppState, before: Seen | None = None) -> Seen:
    request = CloudRequest.of(state, state.plane, colouring(state))
    assert request is not None
    cloud = request.make(before)
    contours.see(cloud, request.embedding, request.plane)
    return request, cloud


def drawn(contours: Contours, viewport: Viewport) -> int:
    """How many pixels have the lines' colour."""
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    contours.paint(painter, viewport)
    painter.end()
    wanted = QColor(COLOUR).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(viewport.width) for y in range(viewport.height))


def test_lines_are_drawn_where_they_are_in_sight(state: AppState) -> None:
    contours = Contours()
    see(contours, state)
    viewport = home(state, 320, 240)
    assert drawn(contours, viewport) > 200
    away = Viewport(viewport.panned(2000, 0), 320, 240)
    assert drawn(contours, away) == 0


def test_what_is_seen_again_is_not_computed_again(state: AppState, monkeypatch: pytest.MonkeyPatch) -> None:
    contours = Contours()
    seen = see(contours, state)
    with monkeypatch.context() as patch:
        patch.setattr(contours_module, "Density", None)
        see(contours, replace(state, probe=(0.0, 0.0, 1.5)), seen)
    lines = contours._lines
    see(contours, replace(state, plane_dims=(1, 2)))
    assert contours._lines is not lines


def test_labels_that_are_switched_off_do_not_count(state: AppState) -> None:
    contours = Contours()
    see(contours, state)
    everything = contours._lines[2]
    see(contours, replace(state, hidden=frozenset({"red"})))
    assert not np.array_equal(everything, contours._lines[2])
    see(contours, replace(state, hidden=frozenset({"red", "green", "blue"})))
    assert contours._lines == ()
    assert drawn(contours, home(state, 320, 240)) == 0


def test_the_spread_of_posteriors_widens_the_lines(state: AppState) -> None:
    sharp, wide = Contours(), Contours()
    assert state.embedding is not None
    see(sharp, state)
    log_var = np.zeros_like(state.embedding.mean)
    see(wide, replace(state, embedding=replace(state.embedding, log_var=log_var)))
    radius = [np.hypot(*contours._lines[2].reshape(-1, 2).T).mean() for contours in (sharp, wide)]
    assert radius[1] / radius[0] == pytest.approx(np.sqrt(2), rel=0.1)


def test_the_shares_are_named_inside_the_view(state: AppState) -> None:
    contours = Contours()
    see(contours, state)
    centre = home(state, 320, 240)
    for dx, dy, is_named in ((0, 0, True), (-60, 0, True), (60, 60, True), (5000, 0, False)):
        viewport = Viewport(centre.panned(dx, dy), 320, 240)
        image = QImage(320, 240, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        contours.name(painter, viewport)
        painter.end()
        marked = [(x, y) for x in range(320) for y in range(240) if image.pixelColor(x, y) != QColor("white")]
        assert bool(marked) == is_named
        assert all(NAME_PX <= x < 320 - EDGE_PX and EDGE_PX <= y < 240 - CORNER_PX for x, y in marked)
