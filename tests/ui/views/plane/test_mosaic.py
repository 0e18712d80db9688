from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane import mosaic as mosaic_module
from vae_explorer.ui.views.plane.mosaic import TILE_PX, Atlas, Lattice, Mosaic, TileRequest
from vae_explorer.ui.views.plane.viewport import Viewport

SHAPE = (8, 8, 1)
VIEWPORT = Viewport(View(0.3, -0.2, 0.01), 320, 200)


def images_of(request: TileRequest, offset: int = 0) -> NDArray[np.uint8]:
    """Give each tile an even grey that tells its number."""
    values = (request.tiles + offset).astype(np.uint8)
    return np.broadcast_to(values[:, None, None, None], (len(values), *SHAPE)).copy()


def look(mosaic: Mosaic, viewport: Viewport = VIEWPORT) -> TileRequest:
    request = mosaic.look(viewport, SHAPE)
    assert request is not None
    return request


def filled(viewport: Viewport = VIEWPORT) -> Mosaic:
    """A mosaic whose tiles are all there."""
    mosaic = Mosaic()
    request = look(mosaic, viewport)
    mosaic.put(request, 0, images_of(request), mosaic.epoch)
    return mosaic


# The lattice


@pytest.mark.parametrize("units_per_pixel", [1e-5, 0.0101, 0.3, 77.0])
def test_tiles_have_a_good_size_on_screen(units_per_pixel: float) -> None:
    lattice = Lattice.covering(Viewport(View(0, 0, units_per_pixel), 640, 480))
    assert TILE_PX <= lattice.step / units_per_pixel < 2 * TILE_PX


@pytest.mark.parametrize("centre", [(0, 0), (0.3, -12.7), (1e4, 1e4)])
def test_tiles_cover_what_is_in_sight_and_hardly_more(centre: tuple[float, float]) -> None:
    viewport = Viewport(View(*centre, 0.01), 640, 480)
    lattice = Lattice.covering(viewport)
    x0, x1, y0, y1 = viewport.bounds
    left, right, low, high = lattice.box
    assert left <= x0 < left + lattice.step
    assert right - lattice.step <= x1 <= right
    assert low <= y0 < low + lattice.step
    assert high - lattice.step <= y1 <= high


def test_panning_keeps_the_places_of_tiles() -> None:
    here = Lattice.covering(VIEWPORT)
    there = Lattice.covering(Viewport(VIEWPORT.panned(50, 70), 320, 200))
    shared = set(map(tuple, here.centres().tolist())) & set(map(tuple, there.centres().tolist()))
    assert len(shared) > 5


def test_centres_go_row_by_row_from_the_top() -> None:
    lattice = Lattice(0.5, i0=-1, i1=1, j0=2, j1=4)
    assert lattice.shape == (2, 2)
    assert lattice.centres().tolist() == [[-0.5, 1.5], [0, 1.5], [-0.5, 1], [0, 1]]


# Which tiles are asked for


def test_at_first_all_tiles_are_asked_for_the_middle_ones_first() -> None:
    request = look(Mosaic())
    rows, columns = request.lattice.shape
    assert sorted(request.tiles) == list(range(rows * columns))
    assert np.array_equal(request.xy, request.lattice.centres()[request.tiles])
    distance = np.linalg.norm(request.xy - request.lattice.centres().mean(axis=0), axis=1)
    assert (np.diff(distance) >= -1e-6).all()


def test_what_is_there_is_not_asked_for_again() -> None:
    mosaic = filled()
    assert mosaic.complete
    assert mosaic.look(VIEWPORT, SHAPE) is None


def test_tiles_come_in_pieces() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    images = images_of(request)
    assert mosaic.put(request, 0, images[:7], mosaic.epoch)
    assert not mosaic.complete
    missing = look(mosaic)
    assert set(missing.tiles) == set(request.tiles[7:])
    assert mosaic.put(request, 7, images[7:], mosaic.epoch)
    assert mosaic.complete


def test_panning_asks_for_the_new_tiles_alone() -> None:
    mosaic = filled()
    panned = Viewport(VIEWPORT.panned(TILE_PX * 2, 0), 320, 200)
    request = look(mosaic, panned)
    rows, columns = request.lattice.shape
    assert 0 < len(request.tiles) <= 3 * rows
    assert len(request.tiles) < rows * columns


def test_another_zoom_asks_for_all_tiles() -> None:
    mosaic = filled()
    request = look(mosaic, Viewport(VIEWPORT.zoomed(2, VIEWPORT.point(0, 0)), 320, 200))
    rows, columns = request.lattice.shape
    assert len(request.tiles) == rows * columns


def test_changed_weights_make_all_tiles_stale() -> None:
    mosaic = filled()
    mosaic.invalidate()
    assert not mosaic.complete
    request = look(mosaic)
    rows, columns = request.lattice.shape
    assert len(request.tiles) == rows * columns


def test_the_stalest_tiles_come_first_while_the_plane_still_moves() -> None:
    mosaic = filled()
    mosaic.invalidate()
    request = look(mosaic)
    mosaic.put(request, 0, images_of(request)[:10], mosaic.epoch)
    fresh = set(request.tiles[:10])
    mosaic.invalidate()
    again = look(mosaic)
    assert set(again.tiles[-10:]) == fresh


def test_an_answer_of_an_earlier_epoch_is_shown_but_asked_for_again() -> None:
    mosaic = Mosaic()
    request, epoch = look(mosaic), mosaic.epoch
    mosaic.invalidate()
    assert mosaic.put(request, 0, images_of(request), epoch)
    assert not mosaic.complete
    assert len(look(mosaic).tiles) == len(request.tiles)


def test_an_answer_for_what_is_no_longer_in_sight_is_refused() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    look(mosaic, Viewport(View(100, 100, 0.01), 320, 200))
    assert not mosaic.put(request, 0, images_of(request), mosaic.epoch)


def test_another_model_starts_with_nothing() -> None:
    mosaic = filled()
    epoch = mosaic.epoch
    mosaic.clear()
    assert mosaic.epoch > epoch
    assert not mosaic.complete
    assert drawn(mosaic) == {0}


# What is drawn


def drawn(mosaic: Mosaic, viewport: Viewport = VIEWPORT) -> set[int]:
    """Draw on black, and tell which greys come out."""
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_Grayscale8)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    mosaic.paint(painter, viewport, smooth=False)
    painter.end()
    return {image.pixelColor(x, y).red() for x in range(viewport.width) for y in range(0, viewport.height, 3)}


def grey_at(mosaic: Mosaic, viewport: Viewport, x: float, y: float) -> int:
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_Grayscale8)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    mosaic.paint(painter, viewport, smooth=False)
    painter.end()
    return image.pixelColor(viewport.point(x, y).toPoint()).red()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("part", [1.0, 0.5], ids=["all there", "some missing"])
def test_a_tile_is_drawn_where_its_code_lies(part: float) -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    some = int(part * len(request.tiles))
    mosaic.put(request, 0, images_of(request, offset=20)[:some], mosaic.epoch)
    for tile, (x, y) in list(zip(request.tiles, request.xy, strict=True))[:some]:
        if VIEWPORT.bounds[0] < x < VIEWPORT.bounds[1] and VIEWPORT.bounds[2] < y < VIEWPORT.bounds[3]:
            assert grey_at(mosaic, VIEWPORT, float(x), float(y)) == tile + 20


@pytest.mark.usefixtures("qapp")
def test_tiles_stay_where_they_are_while_panning() -> None:
    mosaic = filled()
    x, y = 0.32, -0.32  # the centre of a tile
    grey = grey_at(mosaic, VIEWPORT, x, y)
    panned = Viewport(VIEWPORT.panned(40, 60), 320, 200)
    look(mosaic, panned)
    assert grey_at(mosaic, panned, x, y) == grey


@pytest.mark.usefixtures("qapp")
def test_while_tiles_of_another_zoom_are_missing_the_earlier_ones_stay_below() -> None:
    mosaic = filled()
    zoomed = Viewport(VIEWPORT.zoomed(2, VIEWPORT.point(0, 0)), 320, 200)
    request = look(mosaic, zoomed)
    assert drawn(mosaic, zoomed) != {0}
    mosaic.put(request, 0, np.full((len(request.tiles), *SHAPE), 250, np.uint8), mosaic.epoch)
    assert drawn(mosaic, zoomed) == {250}


# The atlas


def test_only_tiles_of_the_same_grid_are_taken_over() -> None:
    old, new = Atlas(Lattice(1, 0, 4, 0, 4), SHAPE), Atlas(Lattice(0.5, 0, 4, 0, 4), SHAPE)
    old.stamps[:] = 3
    new.take_over(old)
    assert (new.stamps == -1).all()
    apart = Atlas(Lattice(1, 10, 14, 0, 4), SHAPE)
    apart.take_over(old)
    assert (apart.stamps == -1).all()


def test_taken_over_tiles_keep_pixels_and_stamps() -> None:
    old, new = Atlas(Lattice(1, 0, 3, 0, 3), SHAPE), Atlas(Lattice(1, 1, 4, -1, 2), SHAPE)
    request = TileRequest(old.lattice, np.arange(9), old.lattice.centres())
    old.put(request.tiles, images_of(request, offset=1), stamp=5)
    new.take_over(old)
    there = {
        tuple(centre): int(grid[0, 0, 0])
        for centre, grid, stamp in zip(
            new.lattice.centres().tolist(), new.grid().reshape(-1, *SHAPE), new.stamps, strict=True
        )
        if stamp == 5
    }
    assert there == {(1, 1): 5, (2, 1): 6, (1, 0): 8, (2, 0): 9}


@pytest.mark.parametrize(("size", "kept"), [(8, 8), (28, 28), (127, 127), (128, 64), (512, 64)])
def test_large_images_are_kept_small(size: int, kept: int) -> None:
    mosaic = Mosaic()
    request = mosaic.look(VIEWPORT, (size, size, 3))
    assert request is not None
    images = np.full((len(request.tiles), size, size, 3), 9, np.uint8)
    assert mosaic.put(request, 0, images, mosaic.epoch)
    assert mosaic._atlas is not None
    assert mosaic._atlas.tile == (kept, kept, 3)
    assert (mosaic._atlas.pixels == 9).all()


def test_a_large_screen_does_not_make_a_large_atlas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic_module, "MAX_ATLAS_BYTES", 1 << 20)
    mosaic = Mosaic()
    mosaic.look(Viewport(View(0, 0, 0.01), 3840, 2160), (64, 64, 3))
    assert mosaic._atlas is not None
    assert mosaic._atlas.pixels.nbytes <= 1 << 20
