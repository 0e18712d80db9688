from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.directions import directions_through, principal_directions
from vae_explorer.core.latent.plane import LatentPlane

RANDOM = np.random.default_rng(0)
NAMES = ("A", "B", "C")


def codes_along(axes: list[tuple[float, ...]], scales: list[float], count: int = 4000) -> np.ndarray:
    """Codes that vary by `scales` along unit vectors `axes`, and hardly otherwise."""
    amounts = RANDOM.normal(size=(count, len(axes))) * scales
    return np.asarray(amounts @ np.array(axes) + 0.01 * RANDOM.normal(size=(count, len(axes[0]))))


def test_principal_components_are_found_in_their_order_with_their_shares() -> None:
    codes = codes_along([(0.6, 0.8, 0, 0), (0, 0, 0, 1)], [3.0, 1.0]) + np.array([5, 0, 0, 0])
    found = principal_directions(codes)
    assert found.u == pytest.approx((0.6, 0.8, 0, 0), abs=0.02)
    assert found.v == pytest.approx((0, 0, 0, 1), abs=0.02)
    assert found.names == ("PC 1 (90 %)", "PC 2 (10 %)")
    assert found.reference == pytest.approx(codes.mean(axis=0))


def test_the_lift_of_a_projection_is_exact_on_the_plane() -> None:
    found = principal_directions(RANDOM.normal(size=(200, 10)))
    plane = found.plane_through(found.reference)
    xy = RANDOM.uniform(-3, 3, (20, 2)).astype(np.float32)
    assert plane.project(plane.lift(xy)) == pytest.approx(xy, abs=1e-5)


def test_the_plane_through_a_point_holds_it_and_keeps_its_coordinates() -> None:
    found = principal_directions(RANDOM.normal(size=(200, 5)))
    point = RANDOM.normal(size=5)
    plane = found.plane_through(point)
    assert plane.distance(point) == pytest.approx(0, abs=1e-5)
    assert plane.project(point) == pytest.approx(found.plane_through(found.reference).project(point), abs=1e-5)


def test_a_plane_through_three_points_holds_them_at_their_true_distances() -> None:
    points = RANDOM.normal(size=(3, 6))
    plane = directions_through(points, NAMES).plane_through(points[0])
    assert plane.distance(points) == pytest.approx(0, abs=1e-5)
    xy = plane.project(points)
    assert xy[0] == pytest.approx((0, 0), abs=1e-5)
    assert xy[1] == pytest.approx((np.linalg.norm(points[1] - points[0]), 0), abs=1e-5)
    assert np.linalg.norm(xy[2] - xy[1]) == pytest.approx(np.linalg.norm(points[2] - points[1]), abs=1e-5)


@pytest.mark.parametrize(
    "points",
    [[(1, 2, 3)] * 3, [(0, 0, 0), (1, 1, 1), (3, 3, 3)], [(0, 0, 0), (1, 0, 0), (0, 0, 0)], [(0, 0), (0, 0), (1, 0)]],
)
def test_points_on_a_line_are_told(points: list[tuple[float, ...]]) -> None:
    with pytest.raises(UserError, match="A, B and C lie on a line"):
        directions_through(points, NAMES)


@pytest.mark.parametrize("codes", [np.zeros((5, 1)), np.zeros((1, 3))])
def test_what_has_no_principal_components(codes: np.ndarray) -> None:
    with pytest.raises(UserError, match="at least two"):
        principal_directions(codes)


def test_codes_that_are_all_equal_still_give_a_plane() -> None:
    found = principal_directions(np.ones((9, 3)))
    assert np.isfinite([*found.u, *found.v]).all()
    assert np.dot(found.u, found.v) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("count", [2, 3, 40])
def test_thousands_of_dimensions_have_the_same_principal_components(count):
    codes = np.random.default_rng(0).normal(size=(count, 2000))
    found = principal_directions(codes)
    offsets = codes - codes.mean(axis=0)
    lengths, axes = np.linalg.svd(offsets, full_matrices=False)[1:]
    assert abs(np.dot(found.u, axes[0])) == pytest.approx(1, abs=1e-6)
    if count > 2:
        assert abs(np.dot(found.v, axes[1])) == pytest.approx(1, abs=1e-6)
    assert np.dot(found.u, found.v) == pytest.approx(0, abs=1e-6)
    shares = lengths**2 / (lengths**2).sum()
    assert found.names[0] == f"PC 1 ({100 * shares[0]:.0f} %)"


@pytest.mark.parametrize("dims", [5, 4096])
def test_a_turned_knob_leaves_codes_where_they_lie_on_the_plane(dims: int) -> None:
    found = principal_directions(RANDOM.normal(size=(50, dims)) * 3)
    point = np.array(found.reference, np.float32)
    plane = found.plane_through(point)
    for dim in (0, dims // 2):
        turned = point.copy()
        turned[dim] += 1.5
        assert plane.lays_out_like(found.plane_through(turned))
    assert not plane.lays_out_like(LatentPlane(plane.origin + 0.01 * plane.u, plane.u, plane.v))
