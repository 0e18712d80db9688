"""Laws of the density of codes on a plane, and of the lines around shares of it."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core.latent.density import SHARES, Density, Floats


def normal(count: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def inside(line: Floats, xy: Floats) -> np.ndarray:
    """Whether points lie inside lines: a ray to the right crosses them an odd number of times."""
    (x0, y0), (x1, y1) = line[:, 0].T, line[:, 1].T
    crosses = (y0 > xy[:, 1:]) != (y1 > xy[:, 1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (xy[:, 1:] - y0) / (y1 - y0) * (x1 - x0)
    return np.asarray((crosses & (at > xy[:, :1])).sum(axis=1) % 2 == 1)


HILLS = np.concatenate([normal(2000) * 0.4, normal(1000, 1) * 0.3 + 2, normal(1000, 2) * (1, 0.4) - (3, 0)])


@pytest.mark.parametrize("xy", [normal(3000), HILLS, HILLS * 1e-3 + 50], ids=["one hill", "three hills", "far away"])
@pytest.mark.parametrize("share", SHARES)
def test_a_line_encloses_its_share_of_the_codes(xy: Floats, share: float) -> None:
    xy = xy.astype(np.float32)
    line = Density.of(xy).lines(share)
    assert inside(line, xy).mean() == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize(("share", "radius"), [(0.5, 1.1774), (0.8, 1.7941), (0.95, 2.4477)])
def test_posteriors_that_add_up_to_the_prior_have_circles_of_known_radius(share: float, radius: float) -> None:
    means, spread = normal(20_000) * np.float32(0.8), 0.36 * np.eye(2, dtype=np.float32)
    line = Density.of(means, spread).lines(share)
    distance = np.hypot(*line.reshape(-1, 2).T)
    assert distance.mean() == pytest.approx(radius, rel=0.05)
    assert distance.std() < 0.06 * radius


@pytest.mark.parametrize("spread", [None, np.array([[0.3, 0.2], [0.2, 0.4]], np.float32)], ids=["AE", "VAE"])
def test_all_of_the_mass_is_there(spread: Floats | None) -> None:
    assert Density.of(HILLS.astype(np.float32), spread).mass == pytest.approx(1, abs=0.01)


def test_codes_with_a_spread_have_the_covariance_of_both() -> None:
    xy, spread = normal(8000) * 0.5, np.array([[0.5, 0.3], [0.3, 0.6]], np.float32)
    density = Density.of(xy.astype(np.float32), spread)
    x0, x1, y0, y1 = density.box
    rows, columns = density.values.shape
    x = x0 + (np.arange(columns) + 0.5) / columns * (x1 - x0)
    y = y0 + (np.arange(rows) + 0.5) / rows * (y1 - y0)
    weights = density.values / density.values.sum()
    assert (weights.sum(axis=0) * x**2).sum() == pytest.approx(0.25 + 0.5, rel=0.05)
    assert (weights.sum(axis=1) * y**2).sum() == pytest.approx(0.25 + 0.6, rel=0.05)
    assert (weights * y[:, None] * x).sum() == pytest.approx(0.3, rel=0.05)


def test_a_hole_has_a_line_of_its_own() -> None:
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 4000)
    ring = (np.stack([np.cos(angle), np.sin(angle)], 1) * 2 + normal(4000) * 0.1).astype(np.float32)
    line = Density.of(ring).lines(0.8)
    distance = np.hypot(*line.reshape(-1, 2).T)
    assert (distance < 2).any()
    assert (distance > 2).any()
    assert not inside(line, np.zeros((1, 2), np.float32)).any()


def test_a_far_outlier_does_not_blur_the_others() -> None:
    xy = np.concatenate([normal(2000), [[1e4, 0]]]).astype(np.float32)
    assert inside(Density.of(xy).lines(0.5), xy).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_codes_and_equal_ones_have_finite_lines(count: int) -> None:
    for xy in (normal(count), np.ones((count, 2), np.float32)):
        density = Density.of(xy)
        assert np.isfinite(density.values).all()
        assert np.isfinite(density.lines(0.5)).all()


def test_pieces_join() -> None:
    ends = Density.of(normal(2000)).lines(0.5).reshape(-1, 2)
    _, counts = np.unique(ends.round(4), axis=0, return_counts=True)
    assert (counts == 2).mean() > 0.99


def test_every_one_of_many_codes_counts() -> None:
    xy = normal(45_000)
    xy[np.arange(45_000) % 3 != 0] *= 0.2  # two of three, which even steps of three never see
    density = Density.of(xy)
    x0, x1, y0, y1 = density.box
    rows, columns = density.values.shape
    x, y = x0 + (np.arange(columns) + 0.5) / columns * (x1 - x0), y0 + (np.arange(rows) + 0.5) / rows * (y1 - y0)
    near = np.hypot(x, y[:, None]) < 1
    cell = (x1 - x0) * (y1 - y0) / density.values.size
    assert density.values[near].sum() * cell == pytest.approx((np.hypot(*xy.T) < 1).mean(), abs=0.01)


def test_codes_may_come_merged() -> None:
    xy = np.repeat(normal(500), 40, axis=0)
    whole, merged = Density.of(xy), Density.of(xy, None, (xy[::40], np.full(500, 40, np.int32)))
    assert np.array_equal(whole.values, merged.values)
