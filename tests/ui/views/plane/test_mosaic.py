from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane import mosaic as mosaic_module
from vae_explorer.ui.views.plane.lattice import Lattice, TileRequest, coarseness
from vae_explorer.ui.views.plane.mosaic import MARGIN, Mosaic, News
from vae_explorer.ui.views.plane.viewport import Viewport

SHAPE = (8, 8, 1)
VIEWPORT = Viewport(View(0.3, -0.2, 0.01), 320, 200)
TILE_PX = 32
CLOSER = Viewport(VIEWPORT.zoomed(2, VIEWPORT.point(0, 0)), 320, 200)
ELSEWHERE = Viewport(View(100, 100, 0.01), 320, 200)


def images_of(request: TileRequest) -> NDArray[np.uint8]:
    """Give each tile an even grey that tells its place."""
    values = greys_of(request.tiles).astype(np.uint8)
    return np.broadcast_to(values[:, None, None, None], (len(values), *SHAPE)).copy()


def greys_of(tiles: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray((tiles[:, 0] * 7 + tiles[:, 1] * 31) % 200 + 20)


def look(mosaic: Mosaic, viewport: Viewport = VIEWPORT) -> TileRequest:
    request = mosaic.look(viewport, SHAPE)
    assert request is not None
    return request


def fill(mosaic: Mosaic, viewport: Viewport) -> None:
    """Answer what is asked for there, if anything is."""
    request = mosaic.look(viewport, SHAPE)
    if request is not None:
        mosaic.put(request, 0, images_of(request), mosaic.epoch)


def filled(viewport: Viewport = VIEWPORT) -> Mosaic:
    """A mosaic whose tiles are all there."""
    mosaic = Mosaic()
    fill(mosaic, viewport)
    return mosaic


def in_sight(viewport: Viewport = VIEWPORT) -> set[tuple[int, ...]]:
    return places(Lattice.covering(viewport, TILE_PX).tiles())


def around(viewport: Viewport = VIEWPORT) -> set[tuple[int, ...]]:
    """What is in sight, and what lies just beyond the edges."""
    return places(Lattice.covering(viewport, TILE_PX).widened(MARGIN).tiles())


def places(tiles: NDArray[np.int64]) -> set[tuple[int, ...]]:
    return set(map(tuple, tiles.tolist()))


def show_in_sight(request: TileRequest) -> NDArray[np.bool_]:
    """Whether each tile can be seen, if need be in the place of those around it."""
    return np.asarray(Lattice.covering(VIEWPORT, TILE_PX).beyond(request.tiles) <= coarseness(request.tiles) // 2)


# Which tiles are asked for


def test_at_first_all_tiles_are_asked_for_once_and_the_margin_last() -> None:
    request = look(Mosaic())
    count = len(in_sight())
    assert len(request.tiles) == len(around())
    assert places(request.tiles) == around()
    helpful = show_in_sight(request)
    assert request.in_sight == helpful.sum() > count
    assert helpful[: helpful.sum()].all(), "the margin comes last, but for what is shown enlarged"


def test_every_fourth_tile_comes_first_then_every_second_each_from_the_middle_outwards() -> None:
    lattice = Lattice.covering(VIEWPORT, TILE_PX)
    request = look(Mosaic())
    factors = coarseness(request.tiles)
    distance = np.linalg.norm(request.tiles - np.array(lattice.middle), axis=1)
    helpful = show_in_sight(request)
    assert factors[0] == 4
    assert (np.diff(factors[helpful]) <= 0).all()
    for factor in (4, 2, 1):
        assert (np.diff(distance[helpful & (factors == factor)]) >= -1e-9).all()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("factor", [4, 2])
def test_they_are_a_coarse_picture_of_all_that_is_in_sight(factor: int) -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    count = int((show_in_sight(request) & (coarseness(request.tiles) >= factor)).sum())
    mosaic.put(request, 0, images_of(request)[: count - 1], mosaic.epoch)
    mosaic.put(request, count - 1, images_of(request)[count - 1 : count], mosaic.epoch)
    assert not mosaic.complete
    assert 0 not in drawn(mosaic)
    x0, x1, y0, y1 = VIEWPORT.bounds
    for tile in request.tiles[:count]:
        x, y = (tile + 0.6) * request.step  # the next one's place, which isn't there yet
        if x0 < x < x1 and y0 < y < y1:
            assert grey_at(mosaic, VIEWPORT, float(x), float(y)) == greys_of(tile[None])[0]


def test_what_comes_first_to_an_empty_picture_is_drawn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    mosaic = Mosaic()
    request = look(mosaic)
    images, epoch = images_of(request), mosaic.epoch
    assert mosaic.put(request, 0, images[:5], epoch) is News.NONE
    look(mosaic)  # as one pans
    now[0] += 2 * mosaic_module.FIRST_PICTURE_S
    assert mosaic.put(request, 5, images[5:7], epoch) is News.AWAITED
    assert mosaic.put(request, 7, images[7:9], epoch) is News.SOME
    assert mosaic.put(request, 9, images[9:], epoch) is News.AWAITED, "it is the last"
    request = look(mosaic, ELSEWHERE)
    assert mosaic.put(request, 0, images_of(request)[:5], epoch) is News.NONE


def test_tiles_of_a_finer_zoom_that_come_late_and_fill_up_a_coarser_one_are_drawn() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    look(mosaic, Viewport(View(0.3, -0.2, 0.02), 80, 50))
    assert mosaic.put(request, 0, images_of(request), mosaic.epoch) is News.AWAITED
    assert mosaic.complete


def test_what_is_there_is_not_asked_for_again() -> None:
    mosaic = filled()
    assert mosaic.complete
    assert mosaic.look(VIEWPORT, SHAPE) is None


def test_tiles_come_in_pieces() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    images = images_of(request)
    assert mosaic.put(request, 0, images[:7], mosaic.epoch) is News.NONE, "more will come at once"
    assert not mosaic.complete
    assert places(look(mosaic).tiles) == places(request.tiles[7:])
    assert mosaic.put(request, 7, images[7:], mosaic.epoch) is News.AWAITED
    assert mosaic.complete


def test_it_is_complete_before_what_lies_beyond_the_edges_has_come() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    count = 1 + int(np.flatnonzero(Lattice.covering(VIEWPORT, TILE_PX).contains(request.tiles))[-1])
    assert count < len(request.tiles)
    mosaic.put(request, 0, images_of(request)[:count], mosaic.epoch)
    assert mosaic.complete
    assert mosaic.put(request, count, images_of(request)[count:], mosaic.epoch) is News.NONE, (
        "there is nothing new to see"
    )


def test_panning_asks_for_the_new_tiles_alone_and_shows_them_at_once() -> None:
    mosaic = filled()
    panned = Viewport(VIEWPORT.panned(TILE_PX * 2, 0), 320, 200)
    assert places(look(mosaic, panned).tiles) == around(panned) - around(VIEWPORT)
    near = Viewport(VIEWPORT.panned(TILE_PX / 2, TILE_PX), 320, 200)
    mosaic.look(near, SHAPE)
    assert mosaic.complete


def test_another_zoom_asks_for_all_tiles() -> None:
    assert places(look(filled(), CLOSER).tiles) == around(CLOSER)


def test_travelling_back_asks_for_nothing() -> None:
    mosaic = filled()
    for viewport in (CLOSER, ELSEWHERE):
        fill(mosaic, viewport)
    for viewport in (VIEWPORT, CLOSER, ELSEWHERE):
        assert mosaic.look(viewport, SHAPE) is None
        assert mosaic.complete


def test_what_comes_after_one_has_gone_on_is_there_when_one_returns() -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    look(mosaic, ELSEWHERE)
    assert mosaic.put(request, 0, images_of(request), mosaic.epoch) is News.NONE, "nobody sees it"
    assert mosaic.look(VIEWPORT, SHAPE) is None


# What grows old


def test_changed_weights_make_all_tiles_stale() -> None:
    mosaic = filled()
    mosaic.invalidate()
    assert not mosaic.complete
    assert places(look(mosaic).tiles) == around()


def test_of_another_plane_nothing_is_there_but_what_was_in_sight() -> None:
    mosaic = filled()
    fill(mosaic, ELSEWHERE)
    mosaic.invalidate()
    assert places(look(mosaic).tiles) == around()
    assert drawn(mosaic) == {0}


def test_stale_tiles_that_went_out_of_sight_are_not_shown_again() -> None:
    mosaic = filled()
    mosaic.invalidate()
    fill(mosaic, ELSEWHERE)
    look(mosaic, VIEWPORT)
    assert drawn(mosaic) == {0}


def test_the_stalest_tiles_come_first_while_the_plane_still_moves() -> None:
    mosaic = filled()
    mosaic.invalidate()
    request = look(mosaic)
    mosaic.put(request, 0, images_of(request)[:10], mosaic.epoch)
    mosaic.invalidate()
    count = len(in_sight())
    assert places(look(mosaic).tiles[count - 10 : count]) == places(request.tiles[:10])


def test_an_answer_of_an_earlier_epoch_is_shown_but_asked_for_again() -> None:
    mosaic = Mosaic()
    request, epoch = look(mosaic), mosaic.epoch
    mosaic.invalidate()
    assert mosaic.put(request, 0, images_of(request), epoch) is News.AWAITED
    assert not mosaic.complete
    assert len(look(mosaic).tiles) == len(request.tiles)


def test_an_answer_of_an_earlier_epoch_that_nobody_sees_is_refused() -> None:
    mosaic = Mosaic()
    request, epoch = look(mosaic), mosaic.epoch
    mosaic.invalidate()
    look(mosaic, ELSEWHERE)
    assert mosaic.put(request, 0, images_of(request), epoch) is News.NONE
    look(mosaic, VIEWPORT)
    assert drawn(mosaic) == {0}


def test_another_model_starts_with_nothing_and_takes_nothing_of_the_one_before() -> None:
    mosaic = filled()
    fill(mosaic, CLOSER)
    epoch = mosaic.epoch
    mosaic.invalidate()
    request = look(mosaic)
    mosaic.clear()
    assert mosaic.epoch > epoch
    assert mosaic.put(request, 0, images_of(request), epoch) is News.NONE
    look(mosaic)
    assert drawn(mosaic) == {0}
    assert not mosaic.complete


# Memory


def test_a_long_travel_keeps_memory_within_its_bound_and_what_was_seen_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic_module, "MOST_BYTES", 1 << 20)
    mosaic = Mosaic()
    journey = [Viewport(View(5.0 * step, 0, 0.01), 320, 200) for step in range(40)]
    for viewport in journey:
        fill(mosaic, viewport)
        assert mosaic.nbytes <= 1 << 20
    assert mosaic.look(journey[-1], SHAPE) is None
    assert mosaic.look(journey[-2], SHAPE) is None
    assert len(look(mosaic, journey[0]).tiles) == len(around(journey[0]))


def test_what_is_seen_again_is_kept_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic_module, "MOST_BYTES", 1 << 20)
    mosaic = filled()
    for step in range(1, 40):
        fill(mosaic, Viewport(View(5.0 * step, 0, 0.01), 320, 200))
        fill(mosaic, VIEWPORT)
        assert mosaic.look(VIEWPORT, SHAPE) is None


@pytest.mark.parametrize(("size", "kept"), [(8, 8), (28, 28), (127, 63), (128, 64), (512, 64)])
def test_large_images_are_kept_small(size: int, kept: int) -> None:
    mosaic = Mosaic()
    request = mosaic.look(VIEWPORT, (size, size, 3))
    assert request is not None
    images = np.full((len(request.tiles), size, size, 3), 9, np.uint8)
    assert mosaic.put(request, 0, images, mosaic.epoch) is News.AWAITED
    assert mosaic.complete
    assert mosaic._tile == (kept, kept)


def test_a_large_screen_does_not_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic_module, "MOST_BYTES", 4 << 20)
    mosaic = Mosaic()
    request = mosaic.look(Viewport(View(0, 0, 0.01), 3840, 2160), (64, 64, 3))
    assert request is not None
    mosaic.put(request, 0, np.zeros((len(request.tiles), 64, 64, 3), np.uint8), mosaic.epoch)
    assert mosaic.complete
    assert mosaic.nbytes <= 4 << 20


# What is drawn


def drawn(mosaic: Mosaic, viewport: Viewport = VIEWPORT) -> set[int]:
    """Draw on black, and tell which greys come out."""
    image = picture(mosaic, viewport)
    return {image.pixelColor(x, y).red() for x in range(viewport.width) for y in range(0, viewport.height, 3)}


def picture(mosaic: Mosaic, viewport: Viewport) -> QImage:
    image = QImage(viewport.width, viewport.height, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    mosaic.paint(painter, viewport)
    painter.end()
    return image


def grey_at(mosaic: Mosaic, viewport: Viewport, x: float, y: float) -> int:
    return picture(mosaic, viewport).pixelColor(viewport.point(x, y).toPoint()).red()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("part", [1.0, 0.3], ids=["all there", "some missing"])
def test_a_tile_is_drawn_where_its_code_lies(part: float) -> None:
    mosaic = Mosaic()
    request = look(mosaic)
    some = int(part * len(request.tiles))
    mosaic.put(request, 0, images_of(request)[:some], mosaic.epoch)
    for grey, (x, y) in list(zip(greys_of(request.tiles), request.xy, strict=True))[:some]:
        if VIEWPORT.bounds[0] < x < VIEWPORT.bounds[1] and VIEWPORT.bounds[2] < y < VIEWPORT.bounds[3]:
            assert grey_at(mosaic, VIEWPORT, float(x), float(y)) == grey


@pytest.mark.usefixtures("qapp")
def test_tiles_stay_where_they_are_while_panning() -> None:
    mosaic = filled()
    x, y = 0.32, -0.32  # the centre of a tile
    grey = grey_at(mosaic, VIEWPORT, x, y)
    panned = Viewport(VIEWPORT.panned(40, 60), 320, 200)
    look(mosaic, panned)
    assert grey_at(mosaic, panned, x, y) == grey


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("factor", [2, 8, 0.5], ids=["closer", "much closer", "further"])
def test_while_tiles_of_another_zoom_are_missing_the_earlier_ones_stay_below(factor: float) -> None:
    mosaic = filled()
    zoomed = Viewport(VIEWPORT.zoomed(factor, VIEWPORT.point(0, 0)), 320, 200)
    request = look(mosaic, zoomed)
    assert drawn(mosaic, zoomed) != {0}
    mosaic.put(request, 0, np.full((len(request.tiles), *SHAPE), 250, np.uint8), mosaic.epoch)
    assert drawn(mosaic, zoomed) == {250}


@pytest.mark.usefixtures("qapp")
def test_a_plane_that_changes_in_mid_zoom_does_not_flicker() -> None:
    mosaic = filled()
    look(mosaic, CLOSER)
    before = picture(mosaic, CLOSER)
    mosaic.invalidate()
    look(mosaic, CLOSER)
    assert picture(mosaic, CLOSER) == before
