from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.lattice import Lattice, TileRequest
from vae_explorer.ui.views.plane.viewport import Viewport

VIEWPORT = Viewport(View(0.3, -0.2, 0.01), 320, 200)


@pytest.mark.parametrize("tile_px", [24, 32, 48])
@pytest.mark.parametrize("units_per_pixel", [1e-5, 0.0101, 0.3, 77.0])
def test_tiles_have_the_wanted_size_on_screen(units_per_pixel: float, tile_px: int) -> None:
    lattice = Lattice.covering(Viewport(View(0, 0, units_per_pixel), 640, 480), tile_px)
    assert tile_px <= lattice.step / units_per_pixel < 2 * tile_px


@pytest.mark.parametrize("centre", [(0, 0), (0.3, -12.7), (1e4, 1e4)])
def test_tiles_cover_what_is_in_sight_and_hardly_more(centre: tuple[float, float]) -> None:
    viewport = Viewport(View(*centre, 0.01), 640, 480)
    lattice = Lattice.covering(viewport, 32)
    x0, x1, y0, y1 = viewport.bounds
    step = lattice.step
    assert (lattice.i0 - 0.5) * step <= x0 < (lattice.i0 + 0.5) * step
    assert (lattice.i1 - 1.5) * step <= x1 <= (lattice.i1 - 0.5) * step
    assert (lattice.j0 - 0.5) * step <= y0 < (lattice.j0 + 0.5) * step
    assert (lattice.j1 - 1.5) * step <= y1 <= (lattice.j1 - 0.5) * step


def test_panning_keeps_the_places_of_tiles() -> None:
    here = Lattice.covering(VIEWPORT, 32)
    there = Lattice.covering(Viewport(VIEWPORT.panned(50, 70), 320, 200), 32)
    assert here.step == there.step
    assert len(set(map(tuple, here.tiles().tolist())) & set(map(tuple, there.tiles().tolist()))) > 5


def test_zooming_by_two_keeps_every_second_tile() -> None:
    here = Lattice.covering(VIEWPORT, 32)
    there = Lattice.covering(Viewport(VIEWPORT.zoomed(2, VIEWPORT.point(0, 0)), 320, 200), 32)
    assert here.step == 2 * there.step


def test_tiles_go_row_by_row_from_the_top() -> None:
    lattice = Lattice(0.5, i0=-1, i1=1, j0=2, j1=4)
    assert lattice.shape == (2, 2)
    assert lattice.tiles().tolist() == [[-1, 3], [0, 3], [-1, 2], [0, 2]]
    request = TileRequest(lattice.step, lattice.tiles())
    assert request.xy.tolist() == [[-0.5, 1.5], [0, 1.5], [-0.5, 1], [0, 1]]


def test_a_wider_lattice_contains_the_narrower_and_as_much_on_every_side() -> None:
    lattice = Lattice(0.5, i0=-1, i1=1, j0=2, j1=4)
    wide = lattice.widened(2)
    assert wide.contains(lattice.tiles()).all()
    assert lattice.contains(wide.tiles()).sum() == 4
    assert wide.middle == lattice.middle
    assert wide.shape == (6, 6)


def test_centres_far_from_the_origin_are_those_of_the_tiles() -> None:
    lattice = Lattice.covering(Viewport(View(1e4, -1e4, 0.01), 640, 480), 32)
    centres = TileRequest(lattice.step, lattice.tiles()).xy
    assert np.array_equal(centres, (lattice.tiles() * lattice.step).astype(np.float32))
