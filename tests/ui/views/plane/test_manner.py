from __future__ import annotations

import numpy as np
import pytest

from tests.ui.views.plane.planes import cloud_of
from vae_explorer.services.state import View
from vae_explorer.ui.views.plane.cloud import Cloud
from vae_explorer.ui.views.plane.manner import CROWD, Manner
from vae_explorer.ui.views.plane.viewport import Viewport

VIEWPORT = Viewport(View(0, 0, 0.01), 800, 600)

PIXELS = 1_200_000
"""Of a plane in a large window."""

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    return cloud_of(np.random.default_rng(0).normal(0, 1, (60_000, 2)))


def zoomed(factor: float) -> Viewport:
    return Viewport(View(0, 0, 0.01 / factor), 800, 600)


def test_points_are_a_crowd_from_so_many_in_sight_on() -> None:
    near = np.zeros((CROWD, 2))
    assert Manner.of(VIEWPORT, cloud_of(near)).is_crowd
    assert not Manner.of(VIEWPORT, cloud_of(near[1:])).is_crowd
    near[: CROWD // 2] = 1000
    assert not Manner.of(VIEWPORT, cloud_of(near)).is_crowd


def test_the_fewer_are_in_sight_the_larger_they_are_however_many_there_are(cloud: Cloud) -> None:
    sizes = [Manner.of(zoomed(1.2**notches), cloud).dot_px for notches in range(40)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 2.5
    assert sizes[-1] == 7
    assert np.diff(sizes).max() <= 0.75  # no notch makes them jump


def test_the_dots_of_the_most_points_are_about_as_large_as_the_first_of_a_crowd() -> None:
    most, first = Manner(1, CROWD - 1, PIXELS), Manner(1, CROWD, PIXELS)
    assert not most.is_crowd
    assert first.is_crowd
    assert most.dot_px == pytest.approx(first.spread_px, abs=0.5)


def test_to_draw_the_dots_costs_no_more_where_there_are_many() -> None:
    pixels = [count * Manner(1, count, PIXELS).dot_px ** 2 for count in range(1, CROWD, 50)]
    assert max(pixels) < 250_000


def test_panning_changes_nothing_until_there_are_many_more_or_fewer(cloud: Cloud) -> None:
    viewport = zoomed(8)
    before = Manner.of(viewport, cloud)
    near = Viewport(viewport.panned(150, 0), 800, 600)
    assert Manner.of(near, cloud) != before  # a few more or fewer are in sight
    assert Manner.of(near, cloud, before) is before
    far = Viewport(viewport.panned(1500, 0), 800, 600)
    assert Manner.of(far, cloud, before).dot_px > before.dot_px


def test_zooming_changes_it_at_once(cloud: Cloud) -> None:
    before = Manner.of(zoomed(8), cloud)
    assert Manner.of(zoomed(8.8), cloud, before) == Manner.of(zoomed(8.8), cloud)


def test_the_denser_a_density_is_the_smaller_and_fainter_are_its_points() -> None:
    manners = [Manner(1, count, PIXELS) for count in (CROWD, 60_000, 150_000, 1_000_000)]
    assert [manner.spread_px for manner in manners] == [3, 3, 2, 1]
    shares = [manner.share for manner in manners]
    assert shares == sorted(shares, reverse=True)
    assert Manner(1, 60_000, PIXELS // 10).spread_px == 1  # there is less room for as many
