from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.latent.plane import LatentPlane, Lifted

RANDOM = np.random.default_rng(0)


def oblique(dims: int) -> LatentPlane:
    """A plane whose directions are neither of length 1 nor at right angles."""
    origin, u, v = RANDOM.normal(size=(3, dims)).astype(np.float32)
    return LatentPlane(origin, u, v)


def points(count: int = 50) -> NDArray[np.float32]:
    return RANDOM.uniform(-3, 3, (count, 2)).astype(np.float32)


@pytest.mark.parametrize("dims", [2, 3, 10, 64])
def test_what_is_lifted_projects_back_to_where_it_was(dims: int) -> None:
    plane, xy = oblique(dims), points()
    assert plane.project(plane.lift(xy)) == pytest.approx(xy, abs=1e-4)


@pytest.mark.parametrize("dims", [3, 10])
def test_the_projection_is_the_nearest_point_of_the_plane(dims: int) -> None:
    plane = oblique(dims)
    codes = RANDOM.normal(size=(20, dims)).astype(np.float32)
    offset = codes - plane.lift(plane.project(codes))
    assert offset @ plane.u == pytest.approx(0, abs=1e-4)
    assert offset @ plane.v == pytest.approx(0, abs=1e-4)
    assert plane.distance(codes) == pytest.approx(np.linalg.norm(offset, axis=1), abs=1e-5)


def test_points_of_the_plane_have_no_distance_from_it() -> None:
    plane = oblique(5)
    assert plane.distance(plane.lift(points())) == pytest.approx(0, abs=1e-4)


def test_the_plane_of_two_dimensions_holds_the_others_and_has_their_coordinates() -> None:
    plane = LatentPlane.of_dims((1, 2, 3, 4), 3, 1)
    assert plane.lift((10, 20)).tolist() == [1, 20, 3, 10]
    assert plane.project((7, 8, 9, 6)).tolist() == pytest.approx([6, 8])
    assert plane.distance((7, 8, 9, 6)) == pytest.approx(np.hypot(6, 6))


def test_a_whole_lattice_is_lifted_at_once() -> None:
    plane = LatentPlane.of_dims((1, 2, 3), 0, 2)
    lattice = RANDOM.normal(size=(4, 5, 2))
    codes = plane.lift(lattice)
    assert codes.shape == (4, 5, 3)
    assert codes[2, 3].tolist() == pytest.approx([lattice[2, 3, 0], 2, lattice[2, 3, 1]])


def test_one_dimension_is_a_line() -> None:
    plane = LatentPlane.of_dims((5,), 0, 0)
    assert plane.dims == 1
    assert plane.lift([(2, 100), (3, -100)]).tolist() == [[2], [3]]
    assert plane.project([[2], [3]]).tolist() == [[2, 0], [3, 0]]


def test_moving_the_probe_on_its_plane_leaves_the_plane_the_same() -> None:
    here, there = LatentPlane.of_dims((1, 2, 3), 0, 1), LatentPlane.of_dims((-4, 9, 3), 0, 1)
    assert here == there
    assert hash(here) == hash(there)
    assert LatentPlane.of_dims((1, 2, 3.5), 0, 1) != here
    assert LatentPlane.of_dims((1, 2, 3), 0, 2) != here
    assert here != "a plane"


def test_the_point_handed_over_is_not_written_to() -> None:
    point = np.array([1, 2, 3], np.float32)
    LatentPlane.of_dims(point, 0, 1)
    assert point.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("u", "v"), [((0, 1, 0), (1, 0, 0)), ((0, 2, 0), (3, 0, 0)), ((1, 1, 0), (0, 1, 1)), ((0, 1, 0), (0, 0, 0))]
)
def test_the_inverse_is_the_pseudo_inverse(u: tuple[int, ...], v: tuple[int, ...]) -> None:
    plane = LatentPlane(np.zeros(3, np.float32), np.array(u, np.float32), np.array(v, np.float32))
    assert plane.inverse == pytest.approx(np.linalg.pinv(np.array([u, v], float)), abs=1e-6)


def test_planes_lay_codes_out_alike_where_they_differ_in_what_they_do_not_show() -> None:
    plane = LatentPlane.of_dims((1, 2, 3), 0, 1)
    assert plane.lays_out_like(LatentPlane.of_dims((4, 5, 6), 0, 1))
    assert not plane.lays_out_like(LatentPlane.of_dims((1, 2, 3), 1, 0))
    assert not plane.lays_out_like(LatentPlane(np.array((1, 0, 0), np.float32), plane.u, plane.v))


def test_codes_of_thousands_of_numbers_are_lifted_as_few_are() -> None:
    random = np.random.default_rng(0)
    origin, u, v = random.normal(size=(3, 3000)).astype(np.float32)
    xy = random.normal(size=(4, 5, 2)).astype(np.float32)
    codes = LatentPlane(origin, u, v).lift(xy)
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes, origin + xy[..., :1] * u + xy[..., 1:] * v, atol=1e-5)


@pytest.mark.parametrize("dims", [2, 100])
def test_codes_that_are_lifted_when_asked_for_are_those_lifted_at_once(dims: int) -> None:
    plane, xy = oblique(dims), points()
    lifted = Lifted(plane, xy)
    assert (len(lifted), lifted.shape) == (50, (50, dims))
    assert np.array_equal(np.asarray(lifted), plane.lift(xy))
    assert lifted[10:20] == pytest.approx(plane.lift(xy)[10:20], abs=1e-5)


def test_a_plane_along_the_same_directions_projects_as_one_made_anew() -> None:
    plane, codes = oblique(9), RANDOM.normal(size=(20, 9)).astype(np.float32)
    elsewhere = plane.through(codes[0])
    assert elsewhere == LatentPlane(codes[0], plane.u, plane.v)
    assert np.array_equal(elsewhere.project(codes), LatentPlane(codes[0], plane.u, plane.v).project(codes))
